"""The weights of an old file, put into the model that was built from it."""

from __future__ import annotations

from collections.abc import Iterator

import keras
import numpy as np

from kerasseg.errors import FileError
from kerasseg.old_models.reading import OldModel


def fill_weights(model: keras.Model, old: OldModel) -> None:
    """Assigns all weights of a file, by the names inside each of its layers.

    The order of a nested model's weights depends on which of its layers were frozen
    when it was saved: names come first, and the order only where they do not tell.

    Raises:
        FileError: The file's layers are not those of the model.
    """
    targets = [layer for layer in model.layers if layer.weights]
    if len(targets) != len(old.layers):
        raise FileError(
            old.path,
            f"holds weights of {len(old.layers)} layers, and the model has "
            f"{len(targets)} layers with weights",
        )
    by_name = {name.replace("/", "_"): weights for name, weights in old.layers}
    in_order = [weights for _, weights in old.layers]
    same_names = {layer.name for layer in targets} == by_name.keys()
    for layer, ordered in zip(targets, in_order, strict=True):
        values = by_name[layer.name] if same_names else ordered
        _fill_layer(layer, values, old)


def _fill_layer(layer: keras.Layer, values: dict[str, np.ndarray], old: OldModel):
    weights = list(_weights_in_old_order(layer))
    if len(weights) != len(values):
        raise FileError(
            old.path,
            f"holds {len(values)} weights of layer '{layer.name}', which has "
            f"{len(weights)}",
        )
    for weight, key in _paired(weights, list(values)):
        value = _in_todays_form(weight, values[key], old)
        if value.shape != tuple(weight.shape):
            raise FileError(
                old.path,
                f"'{key}' of layer '{layer.name}' has shape {value.shape}, and the "
                f"layer needs {tuple(weight.shape)}",
            )
        weight.assign(value)


def _weights_in_old_order(layer: keras.Layer) -> Iterator:
    yield from layer.trainable_weights
    yield from layer.non_trainable_weights


def _paired(weights: list, keys: list[str]) -> list[tuple]:
    """Weights and the names of their values, by name if that is unambiguous."""
    wanted = [_short_name(weight.path) for weight in weights]
    found = {_short_name(key): key for key in keys}
    if len(found) == len(keys) == len(set(wanted)) and found.keys() == set(wanted):
        return [(w, found[name]) for w, name in zip(weights, wanted, strict=True)]
    return list(zip(weights, keys, strict=True))


def _short_name(path: str) -> tuple[str, ...]:
    """The last layer's name and the weight's: the same in all versions of Keras 2."""
    return tuple(path.removesuffix(":0").split("/")[-2:])


def _in_todays_form(weight, value: np.ndarray, old: OldModel) -> np.ndarray:
    """Kernels as (height, width, in, out), turned as TensorFlow applies them.

    Theano turned its kernels by 180 degrees, and under Keras 1 stored them as
    (out, in, height, width).
    """
    if value.ndim != 4:
        return value
    is_theano = old.backend == "theano"
    if old.keras_version.startswith("1"):
        in_front = is_theano or value.shape != tuple(weight.shape)
        value = value.transpose(2, 3, 1, 0) if in_front else value
    return value[::-1, ::-1] if is_theano else value
