"""The model of an old configuration, built by today's Keras, without its weights."""

from __future__ import annotations

import contextlib
import copy
import io
import re
from pathlib import Path
from typing import Any

import keras

from kerasseg.errors import FileError, KerasSegError
from kerasseg.old_models.allowed import check_allowed, find_forbidden
from kerasseg.old_models.applications import brought
from kerasseg.old_models.axes import with_axes_kept
from kerasseg.old_models.calls import with_modules
from kerasseg.old_models.damaged import as_damaged
from kerasseg.old_models.findings import Findings, count_layers, list_repairs
from kerasseg.old_models.objects import check_objects, why_unknown, with_full_names
from kerasseg.old_models.repairs import is_model, repair_model
from kerasseg.old_models.stored_sizes import check_parameters

_UNKNOWN = re.compile(r"Unknown layer: '([^']+)'")
_NEEDS_SHAPE = (
    "does not say the size of its images. Pass input_shape=(height, width, channels) "
    "(on the command line --input-shape HxWxC)"
)


def build(
    path: Path,
    config: Any,
    version: str,
    custom_objects: dict[str, Any],
    findings: Findings,
    stored: int,
) -> keras.Model:
    """The model of a configuration, with weights that are yet to be filled in."""
    with as_damaged(path):
        custom_objects = with_full_names(config, custom_objects)
    config = _checked(path, config, version, custom_objects, findings)
    is_sequential = config["class_name"] == "Sequential"
    kind, inner = keras.Sequential if is_sequential else keras.Model, config["config"]
    silence = contextlib.redirect_stdout(io.StringIO())  # Keras prints what it refuses
    try:
        with silence, keras.saving.custom_object_scope({**brought(), **custom_objects}):
            check_parameters(
                path, lambda: kind.from_config(copy.deepcopy(inner)), stored
            )
            model = kind.from_config(inner)
    except FileError:
        raise
    except Exception as error:  # Keras raises nearly any type for what it cannot build
        raise FileError(
            path,
            f"Keras cannot build this model (saved by Keras {version}): "
            f"{_reason(error)}",
        ) from error
    if not model.built or not model.inputs:
        raise FileError(path, _NEEDS_SHAPE)
    return model


def _checked(
    path: Path,
    config: Any,
    version: str,
    custom_objects: dict[str, Any],
    findings: Findings,
) -> dict[str, Any]:
    """The configuration as today's Keras takes it, if it names nothing but layers."""
    if not isinstance(config, dict) or "class_name" not in config:
        raise FileError(path, "its configuration is no Keras model")
    if not _has_layers(config):
        raise FileError(
            path,
            f"is a model of class '{config['class_name']}', whose layers are Python "
            "code and not in the file. Pass the model as architecture",
        )
    with as_damaged(path):
        find_forbidden(path, config, custom_objects)
        if version.startswith("3"):
            config = with_modules(config)
        else:
            before, config = config, _repaired(path, config, custom_objects)
            check_allowed(path, config, custom_objects)
            findings.mended += list_repairs(before, config)
        config = with_axes_kept(config)
        check_objects(path, config, custom_objects)
        findings.layers = count_layers(config)
    return config


def _repaired(path: Path, config: Any, custom_objects: dict[str, Any]) -> dict:
    try:
        return repair_model(config, path.stem, custom_objects)
    except KerasSegError as error:
        raise FileError(path, str(error)) from error
    except (KeyError, TypeError, IndexError, AttributeError, ValueError) as error:
        raise FileError(path, "its configuration is no Keras model") from error


def _has_layers(config: dict[str, Any]) -> bool:
    if config["class_name"] == "Sequential":
        return True
    inner = config.get("config")
    return isinstance(inner, dict) and is_model(config) and "layers" in inner


def _reason(error: Exception) -> str:
    """What Keras says, without the configuration that it repeats at length."""
    text = " ".join(str(error).split()) or type(error).__name__
    if unknown := _UNKNOWN.search(text):
        return f"a layer {why_unknown(unknown[1])}"
    _, found, last = text.rpartition("Exception encountered: ")
    return last if found else text
