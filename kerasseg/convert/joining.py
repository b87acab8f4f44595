"""Values brought to one size before a layer joins them."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce

from keras import layers

from kerasseg.convert.layouts import Layout, Value
from kerasseg.convert.lengths import Lengths
from kerasseg.convert.refusals import refuse
from kerasseg.graph import Call, Edge
from kerasseg.layers import CropToCommon2D, SpreadOverMap2D


def brought_together(call: Call, values: list[Value]) -> list[Value]:
    """The values that a call joins, all maps of one size, gates excepted."""
    values = _cut_to_common(call, values)
    reference = next(value for value in values if value.layout.has_places)
    return [
        _spread(call, edge, value, reference)
        if value.layout is Layout.BESIDE
        else value
        for edge, value in zip(call.inputs, values, strict=True)
    ]


def _cut_to_common(call: Call, values: list[Value]) -> list[Value]:
    """Maps of one size on every image, from some with their origin in common."""
    maps = [value for value in values if value.layout.has_places]
    if all(value.lengths.agree_with(maps[0].lengths) for value in maps):
        return values
    lengths = reduce(Lengths.common, (value.lengths for value in maps))
    crop = CropToCommon2D(dtype=_dtype(call, maps[0]))
    cut = iter(crop([value.tensor for value in maps]))
    return [
        replace(value, tensor=next(cut), lengths=lengths)
        if value.layout.has_places
        else value
        for value in values
    ]


def _spread(call: Call, edge: Edge, value: Value, reference: Value) -> Value:
    """What came from beside the image, at every place of a map."""
    has_place = len(edge.shape) != 2 and tuple(edge.shape[1:-1]) != (1, 1)
    if has_place or _aligns_otherwise(call, edge):
        refuse(
            call,
            "joins the map with what was made from an input beside the image, of "
            f"shape {edge.shape}: as the map grows, only one vector for all its places "
            "can go on",
        )
    spread = SpreadOverMap2D(dtype=_dtype(call, reference))
    tensor = spread([value.tensor, reference.tensor])
    return replace(reference, tensor=tensor)


def _dtype(call: Call, value: Value) -> str:
    """What the call computes in, so that no number is rounded before it."""
    policy = getattr(call.operation, "dtype_policy", None)
    return policy.compute_dtype if policy else value.tensor.dtype


def _aligns_otherwise(call: Call, edge: Edge) -> bool:
    """Whether a vector meets a map's width here, as in NumPy, not its channels."""
    ranks = {len(other.shape) for other in call.inputs}
    is_merge_layer = isinstance(call.operation, layers.Layer)
    return len(edge.shape) == 2 and ranks != {2} and not is_merge_layer
