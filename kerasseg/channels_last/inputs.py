"""Which order of axes a layer reads, and a model takes its images in."""

from __future__ import annotations

from keras import layers

from kerasseg.channels_last.kinds import FIRST, ONE_AXIS, acts_alone
from kerasseg.graph import Call, Edge, Graph
from kerasseg.layer_kinds import is_merge, is_pointwise


def wants_moved(call: Call, moved: bool, config: dict) -> bool | None:
    """Whether a call needs its inputs moved, not moved, or takes them as they are.

    Args:
        call: The call.
        moved: Whether any of its inputs is moved.
        config: The configuration of its new layer.
    """
    layer = call.operation
    if isinstance(layer, (layers.Flatten, layers.Reshape)) and _is_one_cell(call):
        return None
    if isinstance(layer, layers.Flatten):
        return layer.data_format == FIRST and moved
    if getattr(layer, "data_format", None) == FIRST:
        return True
    if not moved:
        return None
    same_rank = len({len(edge.shape) for edge in call.inputs}) == 1
    is_axis = type(layer) in ONE_AXIS and isinstance(config.get("axis"), int)
    one_kind = (layers.PReLU, layers.SpatialDropout2D)
    known = type(layer) in one_kind or acts_alone(call) or is_axis
    return bool(known and same_rank)


def _is_one_cell(call: Call) -> bool:
    """Whether a map has one place, so that the order of its axes is all the same."""
    shape = call.inputs[0].shape
    return len(shape) > 2 and all(n == 1 for n in shape[2:])


def begins_first(graph: Graph, edge: Edge) -> bool:
    """Whether the first layers that care about axes take this input channels first."""
    waiting, seen = [edge], set()
    while waiting:
        current = waiting.pop()
        if id(current) in seen or len(current.shape) < 3:
            continue
        seen.add(id(current))
        for call in graph.consumers(current):
            layer = call.operation
            if isinstance(layer, layers.Flatten):
                continue
            if hasattr(layer, "data_format"):
                return layer.data_format == FIRST
            axis = getattr(layer, "axis", None)
            if type(layer) in ONE_AXIS and axis in (1, [1]):
                return True
            if is_pointwise(layer) or is_merge(layer):
                waiting.extend(call.outputs)
    return False
