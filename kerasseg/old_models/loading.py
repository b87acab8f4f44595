"""A model of Keras 1 or 2, built by today's Keras."""

from __future__ import annotations

import contextlib
import copy
import io
import re
import tempfile
import warnings
import zipfile
from pathlib import Path
from typing import Any

import keras

from kerasseg.channels_last import is_channels_first
from kerasseg.errors import FileError, KerasSegError, KerasSegWarning
from kerasseg.old_models.allowed import check_allowed, find_forbidden
from kerasseg.old_models.applications import brought
from kerasseg.old_models.axes import with_axes_kept
from kerasseg.old_models.calls import with_modules
from kerasseg.old_models.damaged import as_damaged
from kerasseg.old_models.findings import Findings, count_layers, list_repairs
from kerasseg.old_models.input_shape import Shape, with_input_shape
from kerasseg.old_models.objects import check_objects, why_unknown, with_full_names
from kerasseg.old_models.reading import OldModel, read_old_model
from kerasseg.old_models.repairs import is_model, repair_model
from kerasseg.old_models.stored_sizes import check_parameters
from kerasseg.old_models.theano import check_padding
from kerasseg.old_models.weights import fill_weights, finish, with_shared_axes


def load_old_model(
    path: Path,
    custom_objects: dict[str, Any] | None = None,
    architecture: dict[str, Any] | keras.Model | None = None,
    saved_backend: str | None = None,
    findings: Findings | None = None,
    input_shape: Shape | None = None,
) -> keras.Model:
    """Builds the model of an .h5 file and fills in its weights.

    Args:
        path: The file.
        custom_objects: Classes and functions of the user, by the name in the file.
        architecture: For a file of weights alone: its configuration, or a model.
        saved_backend: The backend that it was saved under, where the file does not say.
        findings: Takes note of what the file is and what was mended.
        input_shape: What the model takes, where the file does not say.

    Raises:
        FileError: The file is damaged, names what is not allowed, or cannot be built.
    """
    findings = findings or Findings("HDF5")
    old = read_old_model(path, saved_backend)
    findings.keras_version, findings.backend = old.keras_version, old.backend
    if isinstance(architecture, keras.Model):
        model = architecture
    else:
        config = architecture or old.config
        if config is None:
            raise FileError(path, _NEEDS_ARCHITECTURE)
        config = with_input_shape(with_shared_axes(config, old), input_shape)
        stored = sum(array.nbytes for _, ws in old.layers for array in ws.values())
        custom = custom_objects or {}
        model = build(path, config, old.keras_version, custom, findings, stored)
    if old.backend == "theano":
        check_padding(path, model)
        findings.mended.append("kernels of Theano, turned by 180 degrees")
    _warn_of_unknown_backend(old, model)
    if architecture is not None:
        _warn_of_unknown_order(old, model)
    fill_weights(model, old)
    finish(model)
    return model


def load_old_archive(
    path: Path,
    config: Any,
    version: str,
    custom_objects: dict[str, Any] | None = None,
    findings: Findings | None = None,
    stored: int = 0,
) -> keras.Model:
    """Builds the model of a `.keras` file that Keras 2 wrote, and fills in its weights.

    Args:
        path: The file, whose weights `read_archive` has checked.
        config: Its `config.json`, parsed.
        version: The version of Keras in its metadata.
        custom_objects: Classes and functions of the user, by the name in the file.
        findings: Takes note of what was mended.
        stored: Bytes of weights in the file.

    Raises:
        FileError: The file is damaged, names what is not allowed, or cannot be built.
    """
    findings = findings or Findings(".keras")
    model = build(path, config, version, custom_objects or {}, findings, stored)
    with tempfile.TemporaryDirectory() as folder:
        weights = Path(folder) / "model.weights.h5"
        try:
            with zipfile.ZipFile(path) as archive:
                archive.extract(weights.name, folder)
        except (KeyError, OSError, zipfile.BadZipFile) as error:
            raise FileError(path, "its weights are missing or damaged") from error
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                model.load_weights(weights)
        except Exception as error:  # Keras raises nearly any type here
            reason = " ".join(str(error).split())
            raise FileError(path, f"its weights do not fit: {reason}") from error
    finish(model)
    return model


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


_UNKNOWN = re.compile(r"Unknown layer: '([^']+)'")
_NEEDS_SHAPE = (
    "does not say the size of its images. Pass input_shape=(height, width, channels) "
    "(on the command line --input-shape HxWxC)"
)
_NEEDS_ARCHITECTURE = (
    "holds weights alone, without the model. Pass its architecture: the model "
    "built by your code, or the JSON file that model.to_json() wrote (on the command "
    "line --architecture FILE)"
)


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


def _warn_of_unknown_backend(old: OldModel, model: keras.Model) -> None:
    convolves = any(len(weight.shape) == 4 for weight in model.weights)
    if old.backend is None and old.keras_version.startswith("1") and convolves:
        warnings.warn(
            f"{old.path}: was saved by Keras 1 and does not say under which backend. "
            "Its kernels are read as TensorFlow's. If it was trained under Theano, "
            'pass saved_backend="theano", or all scores are wrong.',
            KerasSegWarning,
            stacklevel=4,
        )


def _warn_of_unknown_order(old: OldModel, model: keras.Model) -> None:
    """Theano's kernels show the order of axes in files of Keras 1 alone."""
    flattens = any(isinstance(x, keras.layers.Flatten) for x in model._flatten_layers())
    tells = old.keras_version.startswith("1") or is_channels_first(model)
    if old.backend == "theano" and flattens and not tells:
        warnings.warn(
            f"{old.path}: was saved under Theano, where most models had the channels "
            "first, and holds weights alone. The architecture has the channels last, "
            "and they are read so. If the model had them first, pass its architecture "
            "with data_format='channels_first', or all scores are wrong.",
            KerasSegWarning,
            stacklevel=4,
        )
