"""Along which axes a layer or an operation works."""

from __future__ import annotations

import keras
from keras import layers

from kerasseg.layer_kinds.operations import REDUCTIONS, is_op

_LAYERS_WITH_AXIS = (
    layers.BatchNormalization,
    layers.Concatenate,
    layers.LayerNormalization,
    layers.Normalization,
    layers.RMSNormalization,
    layers.Softmax,
    layers.UnitNormalization,
)


def has_axis(operation: keras.Operation) -> bool:
    """Whether the operation works along the axis in its attribute `axis`."""
    if type(operation) in _LAYERS_WITH_AXIS:
        return True
    if is_op(operation, REDUCTIONS):  # along one axis that stays: of attention
        axes = operation.axis
        along_one = isinstance(axes, int) or len(axes or ()) == 1
        return along_one and bool(operation.keepdims)
    return is_op(operation, ("Concatenate", "LogSoftmax", "Softmax"))


def works_on_channels(operation: keras.Operation, rank: int) -> bool:
    """Whether an operation reads no other axis than the last of so many.

    True too for those that work along no axis at all.
    """
    if not has_axis(operation):
        return True
    axes = operation.axis
    if axes is None or axes == ():  # Normalization by one mean for all
        return type(operation) is layers.Normalization
    axes = axes if isinstance(axes, (list, tuple)) else [axes]
    return {axis % rank for axis in axes} == {rank - 1}
