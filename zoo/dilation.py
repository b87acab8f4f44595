"""A trunk made anew for images of any size, its last strides turned into dilations.

Where a stride is left out, the layers behind it find the cells that they were trained
on further apart, and dilate their windows to reach them
([Yu and Koltun, 2016](https://arxiv.org/abs/1511.07122)). Layers that slide a window
there pad as `"same"` does, so that all maps keep the size of the first of them; in a
ResNet this changes no number at the cells that the strides would have kept.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import keras
from keras import KerasTensor, layers, tree

from kerasseg.convert.cloning import move_weights
from kerasseg.errors import ArgumentError
from kerasseg.layers import (
    DilatedAveragePooling2D,
    DilatedConv2D,
    DilatedMaxPooling2D,
)

_POOLINGS = {
    layers.MaxPooling2D: DilatedMaxPooling2D,
    layers.AveragePooling2D: DilatedAveragePooling2D,
}
_WINDOWS = (
    layers.Conv2D,
    layers.DepthwiseConv2D,
    layers.SeparableConv2D,
    *_POOLINGS,
)


def rebuild(
    model: keras.Model,
    outputs: list,
    channels: int,
    output_stride: int | None = None,
    *,
    copy_weights: bool,
) -> keras.Model:
    """Builds a model from images of any size to some of the tensors of another model.

    Args:
        model: A Functional or Sequential model. It is not changed.
        outputs: Tensors in it.
        channels: Those of the image.
        output_stride: Largest stride of the new model; `None` keeps all strides.
        copy_weights: Whether the new model gets the weights, or random ones.

    Raises:
        ArgumentError: A model nested in it would have to be dilated.
    """
    part = keras.Model(model.inputs, outputs)
    builder = _Builder(output_stride, copy_weights)
    dtype = model.inputs[0].dtype
    inputs = keras.Input((None, None, channels), dtype=dtype, name="image")
    copy = keras.models.clone_model(
        part,
        input_tensors=[inputs],
        clone_function=lambda operation: operation,
        call_function=builder.call,
    )
    return keras.Model(inputs, tree.flatten(copy.outputs), name="encoder")


@dataclass
class _Place:
    """Where a tensor stands: its stride, and the dilation of what reads it."""

    tensor: KerasTensor  # kept, so that no other tensor gets its id
    stride: int = 1
    rate: int = 1
    unpadded: KerasTensor | None = None  # what a ZeroPadding2D made it from


@dataclass
class _Builder:
    output_stride: int | None
    copy_weights: bool
    made: dict[tuple, keras.Operation] = field(default_factory=dict)
    places: dict[int, _Place] = field(default_factory=dict)

    def call(self, operation, *args, **kwargs):
        """What takes the place of one call in the old model; returns its output."""
        place = self._place_of((args, kwargs))
        stride = _stride_of(operation)
        is_too_coarse = place.stride * stride > (self.output_stride or float("inf"))
        removed = stride if is_too_coarse else 1
        if removed * place.rate > 1 and _window_of(operation) > 1:
            args = (args[0] if place.unpadded is None else place.unpadded,)
            new, kwargs = self._dilated(operation, place.rate), {}
        else:
            new = self._copy(operation, removed)
        output = new(*args, **kwargs)
        if self.copy_weights and isinstance(new, keras.Layer):
            move_weights(operation, new, operation.name)
        place = _Place(output, place.stride * stride // removed, place.rate * removed)
        if isinstance(operation, layers.ZeroPadding2D):
            place.unpadded = args[0]
        for tensor in tree.flatten(output):
            self.places[id(tensor)] = place
        return output

    def _place_of(self, arguments):
        places = [
            self.places.get(id(x), _Place(x))
            for x in tree.flatten(arguments)
            if isinstance(x, KerasTensor)
        ]
        return max(places, key=lambda place: (place.stride, place.rate))

    def _copy(self, operation, removed):
        if not isinstance(operation, keras.Layer):
            return operation
        if self.output_stride and isinstance(operation, keras.Model):
            raise ArgumentError(
                f"The encoder holds a model, '{operation.name}', which cannot be "
                f"dilated. Received: output_stride={self.output_stride}"
            )
        config = operation.get_config()
        if removed > 1:
            config["strides"] = (1, 1)
        return self._make(operation, type(operation), config)

    def _dilated(self, operation, rate):
        config = operation.get_config()
        if type(operation) in _POOLINGS:
            kept = {key: config[key] for key in ("name", "pool_size", "dtype")}
            config = {**kept, "dilation_rate": rate, "padding": "same"}
            return self._make(operation, _POOLINGS[type(operation)], config)
        rates = tuple(rate * n for n in operation.dilation_rate)
        config |= {"strides": (1, 1), "dilation_rate": rates, "padding": "same"}
        kind = type(operation)
        return self._make(
            operation, DilatedConv2D if kind is layers.Conv2D else kind, config
        )

    def _make(self, old, kind, config):
        key = id(old), repr(config)  # a layer called twice stays one layer
        if key not in self.made:
            self.made[key] = kind.from_config(config)
        return self.made[key]


def _stride_of(operation) -> int:
    is_window = isinstance(operation, _WINDOWS)
    return max(operation.strides) if is_window else 1


def _window_of(operation) -> int:
    if not isinstance(operation, _WINDOWS):
        return 1
    return max(getattr(operation, "kernel_size", None) or operation.pool_size)
