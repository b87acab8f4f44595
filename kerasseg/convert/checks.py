"""Whether a layer does on a larger map, or on many vectors, what it did before."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from keras import layers, tree

from kerasseg.convert.activations import CHANNEL_ACTIVATIONS
from kerasseg.convert.refusals import refuse
from kerasseg.graph import Call, Edge
from kerasseg.layer_kinds import (
    has_axis,
    is_elementwise_layer,
    is_elementwise_operation,
    is_merge,
    is_pointwise,
    works_on_channels,
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
    numbers = (getattr(layer, "scale", None), getattr(layer, "offset", None))
    if type(layer) is layers.Rescaling and any(map(_has_place, numbers)):
        refuse(call, "scales each pixel by a number of its own")
    if getattr(layer, "data_format", None) == "channels_first":
        refuse(call, "works on channels_first maps. Rebuild it with channels_last")
    if any(len(shape) != 4 for shape in shapes):
        refuse(call, f"works on tensors of shape {shapes[0]}, which are no maps")
    if not works_on_channels(layer, 4):
        refuse(call, f"works along axis {layer.axis}, not along the channels alone")
    if type(layer) is layers.PReLU and not {1, 2} <= set(layer.shared_axes or ()):
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
    if any(_has_place(x) for x in _constants(call)):
        refuse(call, "adds or multiplies a constant that has a place in the image")


def check_keeps_batch(call: Call) -> None:
    """Refuses another shape that makes images of places, or of features."""
    before, after = call.inputs[0].shape, call.outputs[0].shape
    if None in before[1:]:
        return  # what reads a map of open size refuses it
    if None in after[1:] or prod(before[1:]) != prod(after[1:]):
        refuse(
            call,
            f"makes shape {before} into {after}, which moves numbers from one image of "
            "the batch to others. Give each image a shape of as many numbers as before",
        )


def check_flat(call: Call) -> None:
    """Refuses to work along axes that another shape has moved."""
    if any(len(edge.shape) != 2 for edge in call.inputs):
        refuse(
            call,
            "works on a map or vector that was given another shape, which moves its "
            "places. "
            f"Received: shapes {[edge.shape for edge in call.inputs]}",
        )


def check_on_plane(call: Call) -> None:
    """Refuses what reads more than one number of an image without channel axis."""
    layer = call.operation
    numbers = [getattr(layer, name, None) for name in ("scale", "offset")]
    if type(layer) is layers.Rescaling and all(np.size(x) == 1 for x in numbers):
        return
    if type(layer) is layers.Normalization and layer.axis == ():
        return
    if is_pointwise(layer) and check_on_vectors(call).elementwise:
        return
    refuse(
        call,
        "works on an image without channel axis, whose last axis is its width. Give "
        "the model images of (height, width, 1)",
    )


def check_on_vectors(call: Call) -> OnVectors:
    """Refuses a head layer that reads other axes than the channels."""
    layer = call.operation
    kind = type(layer)
    if kind is layers.Activation:
        is_softmax = getattr(layer.activation, "__name__", "").startswith("softmax")
        known = layer.activation in CHANNEL_ACTIVATIONS
        return OnVectors(not (is_softmax or known))
    if kind is layers.Dropout and layer.noise_shape is not None:
        batch, *features = layer.noise_shape
        config = {**layer.get_config(), "noise_shape": (batch, None, None, *features)}
        return OnVectors(False, config)
    if has_axis(layer):
        if any(len(edge.shape) != 2 for edge in call.inputs):
            return OnVectors(False)  # the caller refuses that shape
        if not works_on_channels(layer, 2):
            refuse(call, f"works along axis {layer.axis}, not along the features")
        axis = -1 if layer.axis else None if type(layer) is layers.Normalization else -1
        return OnVectors(False, {**layer.get_config(), "axis": axis})
    if kind is layers.PReLU:
        # Shared over the features too, the slope of a vector is a single one.
        axes = [1, 2, 3] if layer.shared_axes else [1, 2]
        return OnVectors(False, {**layer.get_config(), "shared_axes": axes})
    if is_elementwise_operation(layer) or is_merge(layer):
        constants = _constants(call)
        if any(map(_has_place, constants)):
            refuse(call, "adds or multiplies a constant that differs from row to row")
        by_feature = any(np.size(x) > 1 for x in constants)
        return OnVectors(not by_feature and not is_merge(layer))
    # Dropout is the identity at inference.
    return OnVectors(kind is layers.Dropout or is_elementwise_layer(layer))


def _has_place(constant) -> bool:
    """Whether a constant differs from place to place, not by channel alone."""
    return any(n != 1 for n in np.shape(constant)[:-1])


def check_training(call: Call) -> None:
    """Refuses statistics that would be taken over all that is given at once."""
    if type(call.operation) is layers.BatchNormalization and call.kwargs.get(
        "training"
    ):
        refuse(call, "is called with training=True, so cells would share statistics")


def check_float(call: Call, is_beside: bool = False) -> None:
    """Refuses quantised layers, whose scales belong to the shape of their kernels.

    Args:
        call: The call.
        is_beside: Whether it works beside the image, where its kernel stays as it is.
    """
    mode = getattr(call.operation, "quantization_mode", None)
    if is_beside and mode in ("int8", "int4"):
        return  # unlike a layer of float8, one built anew has the same weights
    if mode is not None:
        refuse(call, "is quantised. Convert the float model, then quantise the result")


def _constants(call: Call) -> list:
    if not (is_elementwise_operation(call.operation) or is_merge(call.operation)):
        return []
    leaves = tree.flatten((call.args, call.kwargs))
    return [x for x in leaves if not isinstance(x, (Edge, str)) and x is not None]
