"""Models whose outputs are no class scores: there is nothing to convert."""

from __future__ import annotations

from typing import NoReturn

import keras

from kerasseg.convert.layouts import Layout, Value
from kerasseg.errors import ConversionError
from kerasseg.graph import Edge, Graph

_NO_HEAD = {
    Layout.MAP: "is a map already",
    Layout.VECTOR: "has more axes than (batch, classes)",
    Layout.WINDOW: "is a flattened map",
    Layout.PERMUTED: "is a map whose axes were exchanged",
    Layout.PLANE: "is an image still",
    Layout.WHOLE: "is pooled from the whole image and multiplied back into the map",
    Layout.BESIDE: "does not depend on the image",
}


def check_has_head(model: keras.Model, graph: Graph, values: dict[int, Value]) -> None:
    """Refuses outputs that are no vectors of scores in the converted net.

    Args:
        model: The classifier.
        graph: Its calls.
        values: For every edge, by `id`, its counterpart.
    """
    layouts = {e: values[id(e)].layout for e in graph.flat_outputs}
    headless = [e for e, layout in layouts.items() if not _is_head(e, layout)]
    if headless:
        _refuse_headless(model, graph, headless, layouts[headless[0]])


def check_no_map(model: keras.Model, graph: Graph) -> None:
    """Refuses outputs that are maps, which is known before anything is converted."""
    outputs = graph.flat_outputs
    maps = [e for e in outputs if len(e.shape) == 4 and e.shape[1:3] != (1, 1)]
    if maps:
        _refuse_headless(model, graph, maps, Layout.MAP)


def _is_head(edge: Edge, layout: Layout) -> bool:
    one_cell = layout is Layout.MAP and edge.shape[1:3] == (1, 1)
    return one_cell or (layout is Layout.VECTOR and len(edge.shape) == 2)


def _refuse_headless(
    model: keras.Model, graph: Graph, headless: list[Edge], layout: Layout
) -> NoReturn:
    edge, outputs = headless[0], graph.flat_outputs
    told = f"'{edge.name}' of shape {edge.shape} {_NO_HEAD[layout]}"
    heads = [str(n) for n, e in enumerate(outputs) if e not in headless]
    if not heads:
        raise ConversionError(
            f"Model '{model.name}' has no classification head: its output {told}."
        )
    others = ", ".join(f"model.outputs[{n}]" for n in heads)
    raise ConversionError(
        f"Model '{model.name}' cannot be converted as a whole: its output {told}. "
        f"Convert its other outputs: keras.Model(model.inputs, [{others}])."
    )
