"""What a net has to compute, counted from the shapes of its layers."""

from __future__ import annotations

import math
from dataclasses import dataclass

import keras
from keras import layers

from kerasseg.layers import DilatedConv2D

_WEIGHTED = (layers.Conv2D, layers.Dense, DilatedConv2D)
_NO_WORK = (layers.InputLayer, layers.Flatten, layers.Reshape, layers.Dropout)


@dataclass(frozen=True)
class Operations:
    """The work for one image.

    Attributes:
        multiply_adds: Of the convolutions and dense layers, biases left out.
        values: Numbers that the layers write. Each costs a pass over memory, and an
            activation, a normalisation or a pooling, which multiply-adds leave out.
    """

    multiply_adds: int
    values: int


def count_operations(model: keras.Model) -> Operations:
    """Counts the work of a model for one image of its own, fixed, size.

    Args:
        model: A Functional or Sequential model that calls each layer once.

    Raises:
        ValueError: A layer holds a kernel that is not counted here, or the size of its
            map is open: a wrong count would pass for a right one.
    """
    counted = [layer for layer in model.layers if not isinstance(layer, _NO_WORK)]
    return Operations(
        multiply_adds=sum(_multiply_adds(layer) for layer in counted),
        values=sum(_values(layer) for layer in counted),
    )


def _multiply_adds(layer: keras.Layer) -> int:
    if type(layer) not in _WEIGHTED:
        if isinstance(layer, keras.Model) or layer.weights:
            raise ValueError(f"The work of '{layer.name}' is not counted: {layer!r}")
        return 0
    # A kernel holds (inputs of one group, outputs), so its size is the work at a place.
    return math.prod(layer.kernel.shape) * _values(layer) // layer.output.shape[-1]


def _values(layer: keras.Layer) -> int:
    shape = layer.output.shape[1:]
    if None in shape:
        raise ValueError(f"The size of the map of '{layer.name}' is open: {shape}")
    return math.prod(shape)
