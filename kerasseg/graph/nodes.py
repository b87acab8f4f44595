"""What Keras remembers of how a model was put together: its ends and its nodes."""

from __future__ import annotations

from typing import Any

import keras
from keras import KerasTensor

from kerasseg.errors import ArgumentError


def ends_of(model: keras.Model, path: str) -> tuple[Any, Any]:
    """The symbolic inputs and outputs of a model, in its own nesting."""
    if not _is_graph(model):
        raise ArgumentError(
            f"Model '{path}' is a subclass of keras.Model ({type(model).__name__}): "
            "its call() is code, not a graph of layers. Rebuild it as a Functional or "
            "Sequential model and load its weights into that."
        )
    if isinstance(model, keras.Sequential):
        if not model.built or not model.layers:
            raise ArgumentError(
                f"Sequential model '{path}' is not built, so its input size is "
                "unknown. Begin it with keras.Input(shape=(height, width, channels))."
            )
        return model.inputs[0], model.outputs[0]
    return model.input, model.output


def nodes_in_order(outputs: list[KerasTensor], known: set[int]) -> list:
    """The nodes between known tensors and the outputs, each after what it reads."""
    order, done = [], set()
    stack = [(_node_of(t), False) for t in reversed(outputs) if id(t) not in known]
    while stack:  # not recursion, whose limit is Python's and not the net's
        node, parents_done = stack.pop()
        if id(node) in done:
            continue
        if parents_done:
            done.add(id(node))
            order.append(node)
            continue
        stack.append((node, True))
        parents = [t for t in node.input_tensors if id(t) not in known]
        stack.extend((_node_of(t), False) for t in reversed(parents))
    return order


def _node_of(tensor: KerasTensor):
    history = tensor._keras_history
    return history.operation._inbound_nodes[history.node_index]


def _is_graph(model: keras.Model) -> bool:
    # A subclass may be built from inputs and outputs and still compute something else.
    return type(model).call.__module__ in (
        "keras.src.models.functional",
        "keras.src.models.sequential",
    )
