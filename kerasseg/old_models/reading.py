"""What an .h5 model file holds, read without building anything."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from kerasseg.errors import FileError
from kerasseg.old_models.stored_sizes import checked_h5

MAX_CONFIG_BYTES = 64 * 2**20


@dataclass(frozen=True)
class OldModel:
    """An open model file.

    Attributes:
        path: The file.
        config: Its `model_config`, parsed; `None` in a file of weights alone.
        keras_version: As written in the file; `"1"` where nothing is.
        backend: The backend that it was saved under; `None` where unknown.
        layers: For each layer with weights, its name and its weights by name, in order.
    """

    path: Path
    config: Any
    keras_version: str
    backend: str | None
    layers: list[tuple[str, dict[str, np.ndarray]]]


@contextmanager
def open_h5(path: Path) -> Iterator[h5py.File]:
    """Opens a file; errors name it.

    Raises:
        FileError: It is damaged, some of its data lie in other files, it claims to be
            far larger than it is, or holds what is neither number nor text.
    """
    try:
        with path.open("rb") as stored, checked_h5(path, stored, path) as file:
            yield file
    except (OSError, RuntimeError, KeyError, TypeError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise FileError(path, f"is a damaged .h5 file: {reason}") from error


def read_old_model(path: Path, saved_backend: str | None = None) -> OldModel:
    """Reads configuration and weights.

    Args:
        path: The file.
        saved_backend: The backend that it was saved under, where it does not say so.

    Raises:
        FileError: The file is damaged, or is no Keras model.
    """
    with open_h5(path) as file:
        config = _config(path, file)
        group = file.get("model_weights", file)
        if "layer_names" not in group.attrs and "layer_names0" not in group.attrs:
            raise FileError(path, _why_no_model(file))
        version = _attribute("keras_version", group, file) or "1"
        layers = list(_layers(path, group))
        backend = _attribute("backend", group, file) or saved_backend
        backend = backend or _backend_by_names(layers)
        return OldModel(path, config, version, backend, layers)


def _backend_by_names(layers: list[tuple[str, dict]]) -> str | None:
    """The backend of a file of Keras 1, by how it named its variables.

    TensorFlow puts `:0` behind every name. Theano does not; nor do the names that the
    first versions of Keras 1 gave, `param_0`, which tell nothing.
    """
    names = [name for _, weights in layers for name in weights]
    if any(name.endswith(":0") for name in names):
        return "tensorflow"
    return None if all(name.startswith("param_") for name in names) else "theano"


def _attribute(name: str, *groups: h5py.Group) -> str | None:
    found = (group.attrs[name] for group in groups if name in group.attrs)
    value = next(found, None)
    return None if value is None else _text(value)


def _why_no_model(file: h5py.File) -> str:
    if "layers" in file or "_layer_checkpoint_dependencies" in file:
        return (
            "holds weights alone, as save_weights() of Keras 3 writes them. Build the "
            "model in your code, load_weights() this file, and save it as .keras"
        )
    if "nb_layers" in file.attrs:
        return (
            "holds weights alone, as Keras before 1.0 wrote them: arrays by number, "
            "without the names that would tell where they belong. Load it with Keras "
            "1, and save the whole model there"
        )
    return "is an .h5 file, but holds no model of Keras"


def _config(path: Path, file: h5py.File) -> Any:
    text = file.attrs.get("model_config")
    if text is None:
        return None
    text = _text(text)
    if len(text) > MAX_CONFIG_BYTES:
        raise FileError(path, f"its configuration is {len(text):,} characters long")
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise FileError(path, "its configuration is not JSON") from error


def _layers(path: Path, group: h5py.Group):
    for name in _names(group, "layer_names"):
        if name not in group:
            raise FileError(path, f"the weights of layer '{name}' are missing")
        layer = group[name]
        weights = [w for w in _names(layer, "weight_names") if not _is_state(w)]
        missing = [weight for weight in weights if weight not in layer]
        if missing:
            raise FileError(path, f"the weight '{missing[0]}' is missing")
        if weights:
            yield name, {weight: np.asarray(layer[weight]) for weight in weights}


def _is_state(weight: str) -> bool:
    """Whether this is the state of a random generator, which augmentation keeps."""
    return weight.rpartition("/")[-1].startswith(("StateVar", "seed_generator_state"))


def _names(group: h5py.Group, attribute: str) -> list[str]:
    """A list of names, which h5py cuts in pieces where it is long."""
    if attribute in group.attrs:
        return [_text(name) for name in group.attrs[attribute]]
    names, piece = [], 0
    while f"{attribute}{piece}" in group.attrs:
        names += [_text(name) for name in group.attrs[f"{attribute}{piece}"]]
        piece += 1
    return names


def _text(value: Any) -> str:
    return value.decode("utf-8") if isinstance(value, bytes) else str(value)
