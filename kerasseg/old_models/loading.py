"""A model of an .h5 file, built by today's Keras."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import keras

from kerasseg.channels_last import is_channels_first
from kerasseg.errors import FileError, KerasSegWarning
from kerasseg.old_models.building import build
from kerasseg.old_models.findings import Findings
from kerasseg.old_models.input_shape import Shape, with_input_shape
from kerasseg.old_models.reading import OldModel, read_old_model
from kerasseg.old_models.theano import check_padding
from kerasseg.old_models.weights import fill_weights, finish, with_shared_axes

_NEEDS_ARCHITECTURE = (
    "holds weights alone, without the model. Pass its architecture: the model "
    "built by your code, or the JSON file that model.to_json() wrote (on the command "
    "line --architecture FILE)"
)


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
