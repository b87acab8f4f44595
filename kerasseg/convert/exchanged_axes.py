"""Layers on maps whose axes were exchanged, as by Permute, and are so no longer.

In the converted net the map stands with its channels last, whatever its order in the
classifier; a layer that named the channel axis there works along the last one here.
"""

from __future__ import annotations

from typing import Any

from kerasseg.convert.checks import check_on_vectors
from kerasseg.convert.layouts import Value
from kerasseg.convert.refusals import refuse
from kerasseg.graph import Call
from kerasseg.layer_kinds import global_pooling, has_axis, is_merge, is_pointwise

_CHANNELS = 2  # where they stand in (height, width, channels)


def config_on_exchanged(call: Call, value: Value) -> dict[str, Any] | None:
    """The configuration of a layer for the map in its own order, `None` if the same."""
    layer = call.operation
    reason = "works on a map whose axes were exchanged"
    if has_axis(layer):
        axes = layer.axis if isinstance(layer.axis, (list, tuple)) else [layer.axis]
        if None in axes or not axes:
            refuse(call, reason)
        if {value.order[axis % 4 - 1] for axis in axes if axis % 4} != {_CHANNELS}:
            refuse(call, f"{reason}, along another axis than the channels")
        return {**layer.get_config(), "axis": -1}
    if is_merge(layer) or len(call.inputs) > 1:
        return None
    if not is_pointwise(layer) or not check_on_vectors(call).elementwise:
        refuse(call, reason)
    return None


def check_orders(call: Call, values: list[Value]) -> None:
    """Refuses to join maps whose axes were exchanged in different ways."""
    if len({(value.layout, value.order) for value in values}) > 1:
        refuse(call, "joins maps whose axes were exchanged in different ways")


def pools_exchanged(call: Call, value: Value) -> bool:
    """Whether the call pools over the height and width of such a map.

    Raises:
        ConversionError: It pools over other axes.
    """
    pooling = global_pooling(call.operation)
    if pooling is None:
        return False
    is_first = getattr(call.operation, "data_format", None) == "channels_first"
    kept = value.order[0 if is_first else 2]
    if kept != _CHANNELS or (pooling.keepdims and is_first):
        refuse(call, "pools over the channels of a map whose axes were exchanged")
    return True
