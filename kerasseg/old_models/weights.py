"""The weights of an old file, put into the model that was built from it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from kerasseg.errors import FileError
from kerasseg.old_models.flattened import flattened_maps, rows_of_channels_last
from kerasseg.old_models.kernels import is_exchanged, kernel_of_today
from kerasseg.old_models.reading import OldModel


def fill_weights(model: keras.Model, old: OldModel) -> None:
    """Assigns all weights of a file, by the names inside each of its layers.

    The order of a nested model's weights depends on which of its layers were frozen
    when it was saved: names come first, and the order only where they do not tell.

    Raises:
        FileError: The file's layers are not those of the model.
    """
    by_name = {name.replace("/", "_"): weights for name, weights in old.layers}
    targets = _targets(model, by_name)
    if len(targets) != len(old.layers):
        raise FileError(
            old.path,
            f"holds weights of {len(old.layers)} layers, and the model has "
            f"{len(targets)} layers with weights",
        )
    in_order = [weights for _, weights in old.layers]
    same_names = {layer.name for layer in targets} == by_name.keys()
    stored = [
        one
        for layer, ordered in zip(targets, in_order, strict=True)
        for one in _stored(layer, by_name[layer.name] if same_names else ordered, old)
    ]
    _assign(model, stored, old)


@dataclass(frozen=True)
class _Stored:
    """A weight of a layer, and the value that the file has for it, under its name."""

    layer: keras.Layer
    weight: keras.Variable
    name: str
    value: np.ndarray


def _assign(model: keras.Model, stored: list[_Stored], old: OldModel) -> None:
    exchanged = any(is_exchanged(s.layer, s.weight, s.value, old) for s in stored)
    flattened = flattened_maps(model, old.path) if exchanged else {}
    for one in stored:
        value = kernel_of_today(one.layer, one.weight, one.value, old, exchanged)
        if value.shape != tuple(one.weight.shape):
            raise FileError(
                old.path,
                f"'{one.name}' of layer '{one.layer.name}' has shape {value.shape}, "
                f"and the layer needs {tuple(one.weight.shape)}",
            )
        if id(one.weight) in flattened:
            value = rows_of_channels_last(value, flattened[id(one.weight)])
        one.weight.assign(value)


def with_shared_axes(config: Any, old: OldModel) -> Any:
    """A configuration whose PReLU layers name their shared axes.

    Keras 1 did not save them; the shape of the slopes tells.
    """
    if isinstance(config, list):
        return [with_shared_axes(item, old) for item in config]
    if not isinstance(config, dict):
        return config
    config = {k: with_shared_axes(v, old) for k, v in config.items()}
    inner = config.get("config")
    if config.get("class_name") != "PReLU" or not isinstance(inner, dict):
        return config
    if "shared_axes" in inner:
        return config
    slopes = next((w for name, w in old.layers if name == inner.get("name")), {})
    shapes = [value.shape for value in slopes.values()]
    if len(shapes) != 1 or len(shapes[0]) < 2:
        return config
    shared = [axis for axis, size in enumerate(shapes[0], 1) if size == 1]
    return {**config, "config": {**inner, "shared_axes": shared or None}}


def finish(model: keras.Model) -> None:
    """Lets layers take note of weights that they compute with copies of."""
    for layer in model._flatten_layers():
        if isinstance(layer, keras.layers.Normalization):
            layer.finalize_state()


def _targets(model: keras.Model, names: Collection[str]) -> list[keras.Layer]:
    """The layers with weights that a file has: the model's own, or all inside it.

    Keras 1 wrote the layers of a model in a Sequential side by side with the others.
    """
    own = [layer for layer in model.layers if layer.weights]
    inner = [layer for layer in _opened(model) if layer.weights]
    found = {layer.name for layer in own} & set(names)
    is_flat = len(own) != len(names) == len(inner)
    return inner if is_flat and len(found) < len(names) else own


def _opened(model: keras.Model) -> Iterator[keras.Layer]:
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from _opened(layer)
        else:
            yield layer


def _stored(layer: keras.Layer, values: dict[str, np.ndarray], old: OldModel):
    weights = list(_weights_in_old_order(layer))
    if len(weights) != len(values):
        raise FileError(
            old.path,
            f"holds {len(values)} weights of layer '{layer.name}', which has "
            f"{len(weights)}",
        )
    pairs = _paired(weights, list(values))
    return [_Stored(layer, weight, name, values[name]) for weight, name in pairs]


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
