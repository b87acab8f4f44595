"""What a training is told, from defaults, a file, the run to resume, and flags."""

from __future__ import annotations

import argparse
import json
import os
import tomllib
from pathlib import Path
from typing import Any

from kerasseg.cli.number_range import NumberRange
from kerasseg.cli.pixel_sizes import size_argument
from kerasseg.cli.scale_factor import check_scale
from kerasseg.cli.train_option import storable
from kerasseg.cli.train_settings import SETTINGS
from kerasseg.errors import (
    FileError,
    MissingPackageError,
    UsageError,
    did_you_mean,
)

_FILES = ("model", "weights", "encoder_weights")
_KINDS = {str: (str,), int: (int,), float: (int, float), bool: (bool,)}


def config_from_options(options: argparse.Namespace, saved: Path) -> dict[str, Any]:
    """All settings, with the values that hold.

    Flags win over the file, the file over the defaults. A resumed run keeps what it was
    told, except how long it is and how often it is saved.

    Args:
        options: From the command line.
        saved: Where the run keeps its settings; read if the run is resumed.

    Raises:
        UsageError: A setting is unknown, has a value that it cannot have, or differs
            from that of the run that is resumed.
        FileError: The file cannot be read.
    """
    given = {} if options.config is None else read_config(options.config)
    given = _resolved(given | _flags(options))
    config = {name: setting.default for name, setting in SETTINGS.items()}
    if options.resume and saved.exists():
        config |= _resolved(read_config(saved))
        _check_unchanged(config, given, saved)
        if given.get("epochs") or given.get("steps"):
            config |= {"epochs": None, "steps": None}
    config |= given
    _check_length(config)
    check_scale(config["scale"])
    for name in ("data", "model"):
        if config[name] is None:
            raise UsageError(
                f"{SETTINGS[name].flag} is missing; give it here or in a file "
                "(--config)"
            )
    return config


def read_config(path: str | Path) -> dict[str, Any]:
    """Reads a TOML or YAML file of settings.

    Raises:
        FileError: It cannot be read, or is neither.
        UsageError: A setting in it is unknown or has a value that it cannot have.
        MissingPackageError: It is YAML, and PyYAML is not installed.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
        found = _parse(path, text)
    except FileNotFoundError as error:
        raise FileError(path, "no such file") from error
    except (OSError, ValueError) as error:  # tomllib's and YAML's are ValueErrors here
        raise FileError(path, f"cannot be read: {error}") from error
    if not isinstance(found, dict):
        raise FileError(path, "must hold settings, name = value")
    return {name: _checked(path, name, value) for name, value in found.items()}


def config_text(config: dict[str, Any]) -> str:
    """The settings as TOML; those without a value are left out."""
    lines = []
    for name, value in config.items():
        if value is None or value in ({}, []):
            continue
        lines.append(f"{name} = {_toml(value)}")
    return "\n".join(lines) + "\n"


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        inside = ", ".join(f"{name} = {_toml(item)}" for name, item in value.items())
        return f"{{ {inside} }}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, str | bool):
        return json.dumps(value, ensure_ascii=False)  # TOML's strings are JSON's
    return repr(value)


def _parse(path, text):
    if path.suffix.lower() not in (".yaml", ".yml"):
        return tomllib.loads(text)
    try:
        import yaml
    except ImportError as error:
        raise MissingPackageError("PyYAML", "yaml", "Reading YAML") from error
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(" ".join(str(error).split())) from error


def _flags(options):
    given = {
        name: getattr(options, name)
        for name in SETTINGS
        if getattr(options, name, None) is not None
    }
    if "option" in given:
        given["option"] = dict(given["option"])
    return given


def _resolved(config):
    """With paths that mean the same from any folder; names stay as they are.

    Links are not followed: what they lead to may have a name that tells no format.
    """
    paths = {name: Path(config[name]) for name in _FILES if config.get(name)}
    found = {n: path for n, path in paths.items() if path.suffix and path.is_file()}
    if config.get("data") and Path(config["data"]).is_dir():
        found["data"] = Path(config["data"])
    whole = {name: os.path.abspath(path) for name, path in found.items()}  # noqa: PTH100
    return config | whole


def _checked(path, name, value):
    if name not in SETTINGS:
        hint = did_you_mean(name, SETTINGS)
        raise UsageError(f"{path}: there is no setting {name}.{hint}")
    setting = SETTINGS[name]
    if setting.type is float:
        value = _number(value)
    if name == "crop":
        value = _size(path, value)
    elif name == "option":
        _require(isinstance(value, dict), path, name, value, "a table")
        value = {key: _storable(path, key, item) for key, item in value.items()}
    elif setting.kind is list:
        value = [value] if isinstance(value, str) else value
        _require(isinstance(value, list), path, name, value, "a list of names")
    elif setting.type in _KINDS:
        kinds = _KINDS[setting.type]
        fits = isinstance(value, kinds) and (
            setting.kind is bool or not isinstance(value, bool)
        )
        if name == "validation" and isinstance(value, float):
            return str(value)
        _require(fits, path, name, value, setting.type.__name__)
    if isinstance(setting.kind, NumberRange):
        _require(setting.kind.holds(value), path, name, value, str(setting.kind))
    if setting.choices:
        allowed = " or ".join(setting.choices)
        near = did_you_mean(value, setting.choices)
        _require(value in setting.choices, path, name, value, allowed, near)
    return value


def _number(value):
    """Text as the number that it is: YAML 1.1 takes 1e-3, without a point, for text."""
    try:
        return float(value) if isinstance(value, str) else value
    except ValueError:
        return value


def _storable(path, name, value):
    try:
        return storable(value)
    except ValueError as error:
        raise UsageError(f"{path}: option {name}: {error}") from error


def _size(path, value):
    is_number = isinstance(value, int) and not isinstance(value, bool)
    sizes = [value, value] if is_number else value
    if isinstance(value, str):
        sizes = _as_flag(value)
    is_size = isinstance(sizes, list) and len(sizes) == 2
    is_size = is_size and all(isinstance(n, int) and n > 0 for n in sizes)
    _require(is_size, path, "crop", value, '[height, width] or "64x64"')
    return tuple(sizes)


def _as_flag(text):
    try:
        return list(size_argument(text))
    except argparse.ArgumentTypeError:
        return text


def _require(fits, path, name, value, what, near=""):
    if not fits:
        raise UsageError(f"{path}: {name} must be {what}.{near} Received: {value!r}")


def _check_unchanged(before, given, saved):
    for name, value in given.items():
        old = before[name]
        same = list(value) == list(old) if name == "crop" and old else value == old
        same = same or (name in ("data", *_FILES) and _leads_to(value, old))
        if not same and not SETTINGS[name].may_change:
            raise UsageError(
                f"{SETTINGS[name].flag} {value}: the run that is resumed has "
                f"{old} in {saved}; leave it out, or begin another run"
            )


def _leads_to(path, old):
    """Whether a path is another to what the run has, or to where that was moved."""
    path, old = Path(path), Path(old or "")
    if not (old.is_absolute() and path.is_absolute() and path.exists()):
        return False  # a name, or nothing that was found
    return not old.exists() or path.samefile(old)


def _check_length(config):
    if config["epochs"] is not None and config["steps"] is not None:
        raise UsageError("--epochs and --steps cannot both be given")
    if config["epochs"] is None and config["steps"] is None:
        config["epochs"] = 50
