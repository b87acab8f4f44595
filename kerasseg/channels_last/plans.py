"""What each layer becomes where the channels are last."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from keras import layers

from kerasseg.channels_last.kinds import FIRST, ONE_AXIS, acts_alone, is_along_an_axis
from kerasseg.errors import ConversionError
from kerasseg.graph import Call


@dataclass(frozen=True)
class Plan:
    """What becomes of a call.

    Attributes:
        is_moved: Whether its output has the channels last.
        config: The configuration of the new layer, or `None` for an exchange of axes
            that came to nothing.
        arrange: Exchanges the axes of the weights, where they have those of the map.
    """

    is_moved: bool
    config: dict[str, Any] | None
    arrange: Callable[[np.ndarray], np.ndarray] | None = None


def plan_of(call: Call, moved: bool) -> Plan:
    """What becomes of a call; `moved` says whether any of its inputs is.

    Raises:
        ConversionError: It has an activation along an axis that is exchanged.
    """
    layer = call.operation
    config = layer.get_config()
    rank = len(call.inputs[0].shape)
    same_rank = all(len(edge.shape) == rank for edge in call.inputs)
    if isinstance(layer, layers.Permute):
        return _permute(config, moved)
    if type(layer) is layers.SpatialDropout2D and moved:  # Keras 2 left it out
        return Plan(True, {**config, "data_format": "channels_last"})
    if isinstance(layer, layers.Flatten):
        return Plan(False, {**config, **_flatten_format(config, moved)})
    if config.get("data_format") == FIRST:
        _check_activation(call)
        stays_map = len(call.outputs[0].shape) == rank
        return Plan(stays_map, {**config, "data_format": "channels_last"})
    if not moved:
        return _as_cell(call, config)
    if type(layer) is layers.PReLU:
        return _slopes(config, rank)
    if acts_alone(call) and same_rank:
        return Plan(True, config)
    axis = config.get("axis")
    if type(layer) in ONE_AXIS and isinstance(axis, int) and same_rank:
        return Plan(True, {**config, "axis": _axis_after(axis, rank)})
    return Plan(False, config)


def _permute(config: dict, moved: bool) -> Plan:
    dims = tuple(config["dims"])
    rank = len(dims) + 1
    back = (rank - 1, *range(1, rank - 1))
    if not moved and dims == back:
        return Plan(True, None)
    if moved and dims == (*range(2, rank), 1):
        return Plan(False, None)
    return Plan(False, config)


def _check_activation(call: Call) -> None:
    activation = getattr(call.operation, "activation", None)
    if activation is not None and is_along_an_axis(activation):
        raise ConversionError(
            f"Layer '{call.path}' ({type(call.operation).__name__}) has the channels "
            "first and an activation along the last axis, which is the width there: "
            "it cannot be rewritten to have the channels last.",
            call.path,
        )


def _flatten_format(config: dict, moved: bool) -> dict[str, str]:
    """Flatten(channels_first) reads the channels last: as moved maps are anyway."""
    is_first = config.get("data_format") == FIRST
    return {"data_format": "channels_last"} if is_first and moved else {}


def _as_cell(call: Call, config: dict) -> Plan:
    """A vector made into a map of one cell, as gates are: with the channels last."""
    shape = call.outputs[0].shape[1:]
    is_cell = type(call.operation) is layers.Reshape and len(shape) == 3
    if is_cell and shape[1:] == (1, 1) and shape[0] != 1:
        return Plan(True, {**config, "target_shape": (1, 1, shape[0])})
    return Plan(False, config)


def _slopes(config: dict, rank: int) -> Plan:
    """PReLU with its slopes and shared axes exchanged as the map is."""
    shared = config.get("shared_axes") or []
    axes = sorted(_axis_after(axis, rank) for axis in shared) or None
    new = {**config, "shared_axes": axes}
    return Plan(True, new, lambda value: np.moveaxis(value, 0, -1))


def _axis_after(axis: int, rank: int) -> int:
    """Where an axis stands once the channels are at the end."""
    axis %= rank
    return axis if axis == 0 else rank - 1 if axis == 1 else axis - 1
