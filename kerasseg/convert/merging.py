"""What becomes of a layer that joins several tensors."""

from __future__ import annotations

from math import gcd

from kerasseg.convert.checks import check_flat, check_on_map, check_on_vectors
from kerasseg.convert.exchanged_axes import check_orders, config_on_exchanged
from kerasseg.convert.gates import check_gates
from kerasseg.convert.heads import Heads
from kerasseg.convert.joining import brought_together
from kerasseg.convert.layouts import Layout, Value
from kerasseg.convert.refusals import refuse
from kerasseg.convert.repeating import Repeater
from kerasseg.graph import Call
from kerasseg.layer_kinds import is_elementwise_operation, is_merge


def merge(call: Call, values: list[Value], heads: Heads, repeater: Repeater) -> Value:
    """The same layer on the counterparts of what it joins.

    Args:
        call: The call of the layer.
        values: Those counterparts.
        heads: Takes the windows of flattened maps that meet vectors.
        repeater: Calls the layer again.

    Raises:
        ConversionError: No cell could be computed from its own window.
    """
    layouts = {value.layout for value in values}
    if not (is_merge(call.operation) or is_elementwise_operation(call.operation)):
        refuse(call, "joins tensors in a way that is not known")
    if Layout.PERMUTED in layouts:
        return _merge_permuted(call, values, repeater)
    if Layout.PLANE in layouts:
        refuse(call, "joins images that have no channel axis")
    _check_strides(call, values)
    if layouts <= {Layout.MAP, Layout.WHOLE, Layout.BESIDE}:
        return _merge_maps(call, values, repeater)
    if Layout.MAP in layouts or Layout.WHOLE in layouts:
        refuse(
            call,
            "joins a map with a vector that was flattened or pooled from the whole "
            "image, so no cell could be computed from its own window",
        )
    return _merge_vectors(call, values, heads, repeater)


def _merge_permuted(call: Call, values: list[Value], repeater: Repeater) -> Value:
    check_orders(call, values)
    config = config_on_exchanged(call, values[0])
    values = brought_together(call, values)
    return repeater.repeat(call, values, Layout.PERMUTED, config)


def _merge_maps(call: Call, values: list[Value], repeater: Repeater) -> Value:
    pairs = list(zip(call.inputs, values, strict=True))
    check_on_map(call, [e for e, v in pairs if not v.layout.has_places])
    check_gates(call, [e for e, v in pairs if v.layout is Layout.WHOLE])
    return repeater.repeat(call, brought_together(call, values), Layout.MAP)


def _merge_vectors(
    call: Call, values: list[Value], heads: Heads, repeater: Repeater
) -> Value:
    check_flat(call)
    values = [
        heads.unfold(call, value) if value.layout is Layout.WINDOW else value
        for value in values
    ]
    values = brought_together(call, values)
    config = check_on_vectors(call).config
    return repeater.repeat(call, values, Layout.VECTOR, config)


def _check_strides(call: Call, values: list[Value]) -> None:
    """Refuses cells that meet in the classifier and stand apart in the new net."""
    placed = [value for value in values if value.layout.has_places]
    on_maps = [v for v in placed if v.layout in (Layout.MAP, Layout.PERMUTED)]
    own = {_times(value.stride, value.rate) for value in on_maps}
    if len(own) > 1:
        refuse(call, f"joins maps of different strides: {_listed(own)} pixels")
    strides = {value.stride for value in placed}
    if len(strides) > 1:
        common = tuple(gcd(*lengths) for lengths in zip(*strides, strict=True))
        refuse(
            call,
            f"joins what was read from maps of different strides, {_listed(strides)} "
            f"pixels. Pass output_stride={common}, which gives them one",
        )


def _times(a: tuple[int, int], b: tuple[int, int]) -> tuple[int, int]:
    return a[0] * b[0], a[1] * b[1]


def _listed(strides: set[tuple[int, int]]) -> str:
    return " and ".join(map(str, sorted(strides)))
