"""Which layers heed the order of the axes, and which treat each number by itself."""

from __future__ import annotations

from typing import Any

import numpy as np
from keras import layers, tree

from kerasseg.graph import Call, Edge
from kerasseg.layer_kinds import (
    MERGES,
    is_elementwise_layer,
    is_elementwise_operation,
)
from kerasseg.own_layers import is_declared

FIRST = "channels_first"
ONE_AXIS = (
    layers.BatchNormalization,
    layers.Concatenate,
    layers.LayerNormalization,
    layers.Softmax,
)
_ALONG_AN_AXIS = ("softmax", "sparsemax", "sparse_sigmoid", "glu")


def acts_alone(call: Call) -> bool:
    """Whether each number of the output depends on that place of the inputs alone."""
    layer = call.operation
    kind = type(layer)
    if kind is layers.Activation:
        return not is_along_an_axis(layer.activation)
    if kind is layers.Dropout:
        return layer.noise_shape is None
    if kind is layers.Rescaling:
        return np.ndim(layer.scale) == np.ndim(layer.offset) == 0
    if kind in MERGES and kind is not layers.Concatenate:
        return True
    if is_elementwise_operation(layer):
        leaves = tree.flatten((call.args, call.kwargs))
        return all(np.ndim(x) == 0 for x in leaves if not isinstance(x, (Edge, str)))
    return is_elementwise_layer(layer)


def is_along_an_axis(activation: Any) -> bool:
    """Whether an activation, such as softmax, takes the numbers of an axis together."""
    if is_declared(activation):
        return False
    name = getattr(activation, "__name__", type(activation).__name__).lower()
    return name == "prelu" or any(part in name for part in _ALONG_AN_AXIS)
