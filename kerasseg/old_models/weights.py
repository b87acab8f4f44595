"""The weights of an old file, put into the model that was built from it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

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
    for layer, ordered in zip(targets, in_order, strict=True):
        values = by_name[layer.name] if same_names else ordered
        _fill_layer(layer, values, old)


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


def _fill_layer(layer: keras.Layer, values: dict[str, np.ndarray], old: OldModel):
    weights = list(_weights_in_old_order(layer))
    if len(weights) != len(values):
        raise FileError(
            old.path,
            f"holds {len(values)} weights of layer '{layer.name}', which has "
            f"{len(weights)}",
        )
    for weight, key in _paired(weights, list(values)):
        value = _in_todays_form(layer, weight, values[key], old)
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


def _in_todays_form(layer, weight, value: np.ndarray, old: OldModel) -> np.ndarray:
    """Kernels as (height, width, in, out), turned as TensorFlow applies them.

    Theano turned its kernels by 180 degrees. Keras 1 stored kernels for maps with the
    channels first as (out, in, height, width).
    """
    is_turned = old.backend == "theano"
    is_kernel = _short_name(weight.path)[-1] in ("kernel", "depthwise_kernel")
    if value.ndim != 4 or not is_kernel:
        return value
    if old.keras_version.startswith(("0", "1")):
        value = _out_in_to_in_out(layer, weight, value)
    return value[::-1, ::-1] if is_turned else value


def _out_in_to_in_out(layer, weight, value: np.ndarray) -> np.ndarray:
    turned = value.transpose(2, 3, 1, 0)
    shape = tuple(weight.shape)
    if isinstance(layer, keras.layers.Conv2DTranspose):
        value, turned = value.transpose(0, 1, 3, 2), value.transpose(2, 3, 0, 1)
    if value.shape == turned.shape == shape:  # 3 filters of 3x3 on 3 channels, say
        is_in_front = getattr(layer, "data_format", None) == "channels_first"
        return turned if is_in_front else value
    return turned if turned.shape == shape else value
