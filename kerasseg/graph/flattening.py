"""A model of Keras as one flat list of calls, nested models opened up."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import keras
from keras import KerasTensor, tree

from kerasseg.errors import ArgumentError
from kerasseg.graph.calls import Call, Edge, Graph
from kerasseg.graph.nodes import ends_of, nodes_in_order
from kerasseg.graph.shapes import new_edge, output_edges, resized


def flatten_model(
    model: keras.Model, image_size: tuple[int, int] | None = None
) -> Graph:
    """Lists the calls that a model makes, opening every model nested in it.

    Args:
        model: A Functional or Sequential model, built.
        image_size: `(height, width)` to compute all shapes for, where it should not be
            the size that the model was built with.

    Returns:
        The graph. Its edges carry the shapes for that size.

    Raises:
        ArgumentError: The model is not built, or is a subclass whose `call` is code
            and not a graph.
    """
    if not isinstance(model, keras.Model):
        raise ArgumentError(f"A Keras model is needed. Received: {model!r}")
    inputs, outputs = ends_of(model, model.name)
    images = {id(t) for t in image_inputs(tree.flatten(inputs))}
    edges = tree.map_structure(
        lambda t: new_edge(resized(t, image_size) if id(t) in images else t), inputs
    )
    graph = Graph(model.name, inputs=edges, outputs=None)
    made = _inline(model, tree.flatten(edges), {}, "", graph.calls)
    packed = tree.pack_sequence_as(outputs, made)
    return Graph(model.name, edges, packed, graph.calls)


def image_inputs(inputs: Sequence) -> list:
    """Those inputs of a model that are images, tensors or edges alike.

    `(batch, height, width, channels)`, or `(batch, height, width)` where no input has
    channels.
    """
    ranks = [len(x.shape) for x in inputs]
    rank = 4 if 4 in ranks else 3
    return [x for x in inputs if len(x.shape) == rank]


def _inline(
    model: keras.Model,
    arguments: Sequence[Edge],
    inherited: dict[str, Any],
    prefix: str,
    calls: list[Call],
) -> list[Edge]:
    """Appends a model's calls for the given inputs; returns the edges it puts out."""
    inputs, outputs = ends_of(model, prefix + model.name)
    edge_of = {
        id(tensor): _as_given(edge, tensor, prefix, calls)
        for tensor, edge in zip(tree.flatten(inputs), arguments, strict=True)
    }
    for node in nodes_in_order(tree.flatten(outputs), set(edge_of)):
        operation = node.operation
        args, kwargs = node.arguments.convert(
            lambda x: edge_of[id(x)] if isinstance(x, KerasTensor) else x
        )
        # A `training=False` given to a nested model holds for every layer inside it.
        kwargs = {**_accepted(operation, inherited), **kwargs}
        path = prefix + operation.name
        if isinstance(operation, keras.Model):
            given = {k: v for k, v in kwargs.items() if k == "training"}
            nested = _order_like(operation, args, kwargs)
            made = _inline(operation, nested, given, path + "/", calls)
        else:
            made = output_edges(node, path, args, kwargs)
            calls.append(Call(operation, path, args, kwargs, made))
        edge_of.update({id(t): e for t, e in zip(node.outputs, made, strict=True)})
    return [edge_of[id(t)] for t in tree.flatten(outputs)]


def _as_given(edge: Edge, tensor: KerasTensor, prefix: str, calls: list[Call]) -> Edge:
    """The edge as a nested model reads it: of the type and rank of its own input."""
    dtype = keras.backend.standardize_dtype(tensor.dtype)
    if edge.dtype != dtype:
        edge = _after(edge, lambda x: keras.ops.cast(x, dtype), prefix, calls)
    if len(edge.shape) == len(tensor.shape) + 1:  # Keras drops an axis of 1
        edge = _after(edge, lambda x: keras.ops.squeeze(x, axis=-1), prefix, calls)
    if len(edge.shape) == len(tensor.shape) - 1:  # or adds it
        edge = _after(edge, lambda x: keras.ops.expand_dims(x, -1), prefix, calls)
    return edge


def _after(
    edge: Edge,
    function: Callable[[KerasTensor], KerasTensor],
    prefix: str,
    calls: list[Call],
) -> Edge:
    """What an operation of Keras makes of an edge, its call appended."""
    tensor = function(KerasTensor(edge.shape, edge.dtype))
    operation = tensor._keras_history.operation
    made = new_edge(tensor)
    calls.append(Call(operation, prefix + operation.name, (edge,), {}, [made]))
    return made


def _order_like(model: keras.Model, args: tuple, kwargs: dict) -> list[Edge]:
    """The edges given to a nested model, in the order of that model's own inputs."""
    given = args[0] if args else kwargs.get("inputs")
    wanted, _ = ends_of(model, model.name)
    if isinstance(given, dict) and not isinstance(wanted, dict):
        return [given[t.name] for t in tree.flatten(wanted)]
    return tree.flatten(given)


def _accepted(operation: keras.Operation, inherited: dict) -> dict:
    if not inherited or not isinstance(operation, keras.Layer):
        return {}
    parameters = inspect.signature(operation.call).parameters
    return {k: v for k, v in inherited.items() if k in parameters}
