"""Whether a layer does on a larger map, or on many vectors, what it did before."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
from keras import activations, layers, tree

from kerasseg.convert.refusals import refuse
from kerasseg.graph import Call, Edge
from kerasseg.layer_kinds import (
    is_channel_operation,
    is_elementwise_operation,
    is_merge,
)

ELEMENTWISE_ACTIVATIONS = (
    activations.celu,
    activations.elu,
    activations.exponential,
    activations.gelu,
    activations.hard_shrink,
    activations.hard_sigmoid,
    activations.hard_silu,
    activations.hard_tanh,
    activations.leaky_relu,
    activations.linear,
    activations.log_sigmoid,
    activations.mish,
    activations.relu,
    activations.relu6,
    activations.selu,
    activations.sigmoid,
    activations.silu,
    activations.soft_shrink,
    activations.softplus,
    activations.softsign,
    activations.sparse_plus,
    activations.squareplus,
    activations.tanh,
    activations.tanh_shrink,
    activations.threshold,
)
# Along the last axis, which holds the channels before and after the conversion.
CHANNEL_ACTIVATIONS = (
    activations.log_softmax,
    activations.softmax,
    activations.sparse_sigmoid,
    activations.sparsemax,
)

_ELEMENTWISE_LAYERS = (
    layers.ActivityRegularization,
    layers.AlphaDropout,
    layers.Dropout,
    layers.ELU,
    layers.GaussianDropout,
    layers.GaussianNoise,
    layers.Identity,
    layers.LeakyReLU,
    layers.ReLU,
)
_LAYERS_WITH_AXIS = (
    layers.BatchNormalization,
    layers.Concatenate,
    layers.LayerNormalization,
    layers.Normalization,
    layers.RMSNormalization,
    layers.Softmax,
    layers.UnitNormalization,
)


@dataclass(frozen=True)
class OnVectors:
    """How a layer for vectors goes on when they stand side by side in a map.

    Attributes:
        elementwise: It treats every number by itself.
        config: Its configuration for the map.
    """

    elementwise: bool
    config: dict[str, Any] | None = None


def check_on_map(call: Call, gates: Collection[Edge] = ()) -> None:
    """Refuses a trunk layer that ties its weights or its axis to the map's size.

    Args:
        call: The call.
        gates: Those of its inputs that were pooled from the whole image and stay so.
    """
    layer = call.operation
    shapes = [edge.shape for edge in call.inputs if edge not in gates]
    if getattr(layer, "data_format", None) == "channels_first":
        refuse(call, "works on channels_first maps. Rebuild it with channels_last")
    if any(len(shape) != 4 for shape in shapes):
        refuse(call, f"works on tensors of shape {shapes[0]}, which are no maps")
    if _has_axis(layer) and not _works_on_channels(layer, 4):
        refuse(call, f"works along axis {layer.axis}, not along the channels alone")
    if type(layer) is layers.PReLU and set(layer.shared_axes or ()) != {1, 2}:
        refuse(
            call,
            "has a slope for every pixel of the trained size; only slopes shared over "
            "height and width (shared_axes=[1, 2]) suit any size",
        )
    if len({shape[1:3] for shape in shapes}) > 1:
        refuse(
            call,
            "joins maps of different sizes, so that each cell depends on the whole "
            f"image. Received: shapes {shapes}",
        )
    if any(np.ndim(x) > 1 for x in _constants(call)):
        refuse(call, "adds or multiplies a constant that has a place in the image")


def check_on_vectors(call: Call) -> OnVectors:
    """Refuses a head layer that reads other axes than the channels."""
    layer = call.operation
    kind = type(layer)
    if kind is layers.Activation:
        return OnVectors(layer.activation in ELEMENTWISE_ACTIVATIONS)
    if kind is layers.Dropout and layer.noise_shape is not None:
        batch, *features = layer.noise_shape
        config = {**layer.get_config(), "noise_shape": (batch, None, None, *features)}
        return OnVectors(False, config)
    if _has_axis(layer):
        if not _works_on_channels(layer, 2):
            refuse(call, f"works along axis {layer.axis}, not along the features")
        axis = None if layer.axis is None else -1
        return OnVectors(False, {**layer.get_config(), "axis": axis})
    if kind is layers.PReLU:
        return OnVectors(False, {**layer.get_config(), "shared_axes": [1, 2]})
    if is_elementwise_operation(layer) or is_merge(layer):
        constants = [np.ndim(x) for x in _constants(call)]
        if any(n > 1 for n in constants):
            refuse(call, "adds or multiplies a constant of more than one axis")
        return OnVectors(not any(constants) and not is_merge(layer))
    return OnVectors(kind in _ELEMENTWISE_LAYERS)


def check_activation(call: Call) -> None:
    """Refuses an activation function that may read more than one place."""
    activation = getattr(call.operation, "activation", None)
    known = ELEMENTWISE_ACTIVATIONS + CHANNEL_ACTIVATIONS
    if activation is not None and callable(activation) and activation not in known:
        name = getattr(activation, "__name__", type(activation).__name__)
        refuse(
            call,
            f"applies '{name}', which Keras does not know; it may mix places. Use one "
            "of keras.activations, or take logits with classifier_activation=None",
        )


def _has_axis(operation) -> bool:
    return type(operation) in _LAYERS_WITH_AXIS or is_channel_operation(operation)


def _works_on_channels(layer, rank: int) -> bool:
    if layer.axis is None:  # Normalization by one mean for all
        return True
    axes = layer.axis if isinstance(layer.axis, (list, tuple)) else [layer.axis]
    return {axis % rank for axis in axes} == {rank - 1}


def _constants(call: Call) -> list:
    if not (is_elementwise_operation(call.operation) or is_merge(call.operation)):
        return []
    leaves = tree.flatten((call.args, call.kwargs))
    return [x for x in leaves if not isinstance(x, (Edge, str)) and x is not None]
