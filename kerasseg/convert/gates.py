"""Poolings of the whole map that are multiplied back into it: part of the trunk.

A squeeze-and-excite block pools the map to one vector, and weighs the map's channels by
it. Such a pooling is no head, and no window stands for it: it stays global.
"""

from __future__ import annotations

import warnings

from kerasseg.convert.refusals import refuse
from kerasseg.errors import ConversionError, KerasSegWarning
from kerasseg.graph import Call, Edge, Graph
from kerasseg.layer_kinds import global_pooling


def find_gates(graph: Graph) -> set[int]:
    """The calls, by `id`, between a global pooling and the map it is merged back into.

    Args:
        graph: The classifier.

    Returns:
        The ids of the pooling calls and of all that works on what they pooled, up to
        the merge, which is not among them.
    """
    maker = {id(edge): call for call in graph.calls for edge in call.outputs}
    pooled: set[int] = set()
    gates: set[int] = set()
    for call in graph.calls:
        flags = [id(edge) in pooled for edge in call.inputs]
        if global_pooling(call.operation) or (flags and all(flags)):
            pooled.update(id(edge) for edge in call.outputs)
        elif any(flags) and any(
            _is_map(e.shape) for e, f in zip(call.inputs, flags, strict=True) if not f
        ):
            _mark_back_to_pooling(call, pooled, maker, gates)
    return gates


def warn_of_gates(
    graph: Graph, gates: set[int], output_stride: tuple[int, int] | None
) -> None:
    """Warns that every cell depends on the whole image, if there are gates.

    Args:
        graph: The classifier.
        gates: Its calls, by `id`, that stay global.
        output_stride: The stride wanted, or `None` for the classifier's own.

    Raises:
        ConversionError: A stride is wanted, on whose denser map the gates would differ.
    """
    first = next((call.path for call in graph.calls if id(call) in gates), None)
    if first is not None and output_stride is not None:
        raise ConversionError(
            f"Layer '{first}' pools the whole map to weigh its channels (squeeze and "
            "excite). On a denser map that gives other weights, so output_stride "
            "cannot be exact. Leave it at None.",
            first,
        )
    if first is not None:
        warnings.warn(
            f"'{first}' pools the whole map to weigh its channels (squeeze and "
            "excite) and goes on doing so: on a larger image every cell depends on the "
            "whole image. At the classifier's own size the net is exact.",
            KerasSegWarning,
            stacklevel=3,  # the line that calls `convert_to_fcn`
        )


def check_gates(call: Call, gates: list[Edge]) -> None:
    """Refuses gates with a number for every place of the trained map.

    Args:
        call: The merge.
        gates: Those of its inputs that were pooled from the whole image.
    """
    for edge in gates:
        if any(n != 1 for n in edge.shape[1:-1]):
            refuse(
                call,
                "joins the map with what was pooled from the whole image and then "
                f"given the size of the trained map, shape {edge.shape}: as the map "
                "grows, only one vector for all its places can go on",
            )


def _mark_back_to_pooling(call: Call, pooled, maker, gates: set[int]) -> None:
    waiting = [maker[id(e)] for e in call.inputs if id(e) in pooled]
    while waiting:
        before = waiting.pop()
        if id(before) not in gates:
            gates.add(id(before))
            waiting += [maker[id(e)] for e in before.inputs if id(e) in pooled]


def _is_map(shape: tuple[int | None, ...]) -> bool:
    return len(shape) == 4 and shape[1:3] != (1, 1)
