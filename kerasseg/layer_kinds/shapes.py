"""What gives a map another shape: pooling of the whole, flattening, a new axis."""

from __future__ import annotations

from dataclasses import dataclass

import keras
from keras import layers

from kerasseg.graph import Call
from kerasseg.layer_kinds.operations import is_op


@dataclass(frozen=True)
class GlobalPooling:
    """A pooling of a whole map to one vector.

    Attributes:
        mean: Whether it takes the mean; else the maximum.
        keepdims: Whether the vector stays a map of one cell.
    """

    mean: bool
    keepdims: bool


def global_pooling(operation: keras.Operation) -> GlobalPooling | None:
    """What kind of global pooling this is, or `None`.

    `keras.ops.mean` and `max` over height and width are the same as the layers.
    """
    kind = type(operation)
    if kind in (layers.GlobalAveragePooling2D, layers.GlobalMaxPooling2D):
        is_mean = kind is layers.GlobalAveragePooling2D
        return GlobalPooling(is_mean, bool(operation.keepdims))
    axes = getattr(operation, "axis", None)
    over_places = isinstance(axes, (list, tuple)) and {a % 4 for a in axes} == {1, 2}
    if over_places and is_op(operation, ("Mean", "Max")):
        return GlobalPooling(kind.__name__ == "Mean", bool(operation.keepdims))
    return None


def is_flattening(operation: keras.Operation) -> bool:
    """Whether the operation only gives its numbers another shape, in the same order."""
    is_layer = type(operation) in (layers.Flatten, layers.Reshape)
    return is_layer or is_op(operation, ("Reshape", "Squeeze"))


def adds_channel_axis(call: Call) -> bool:
    """Whether an image `(batch, h, w)` becomes `(batch, h, w, 1)` here."""
    is_layer = type(call.operation) is layers.Reshape
    if not is_layer and not is_op(call.operation, ("ExpandDims", "Reshape")):
        return False
    before, after = call.inputs[0].shape, call.outputs[0].shape
    return len(before) == 3 and tuple(after[1:]) == (*before[1:], 1)
