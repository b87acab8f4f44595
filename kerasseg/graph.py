"""Any Keras model as one flat list of calls, nested models opened up.

A model nested in another, a layer called twice, branches and merges all become the
same thing: calls in an order in which every input is computed before it is used.
Receptive fields and conversion both read this list and nothing else of the model.
"""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import keras
from keras import KerasTensor, tree

from kerasseg.errors import ArgumentError

_TOLD = 40  # names of layers in a message


@dataclass(frozen=True, eq=False)
class Edge:
    """One tensor that flows between calls, with its shape, batch first."""

    shape: tuple[int | None, ...]
    dtype: str
    name: str


@dataclass(frozen=True, eq=False)
class Call:
    """One use of a layer or operation.

    Attributes:
        operation: The Keras layer or operation.
        path: Its name, with the names of the models around it: `"outer/inner/conv"`.
        args: The positional arguments, tensors replaced by edges.
        kwargs: The keyword arguments, likewise.
        outputs: The edges that it makes.
    """

    operation: keras.Operation
    path: str
    args: tuple
    kwargs: dict[str, Any]
    outputs: list[Edge]

    @property
    def inputs(self) -> list[Edge]:
        """The edges among the arguments, in order."""
        return _edges_in((self.args, self.kwargs))


@dataclass(frozen=True)
class Graph:
    """A model as calls; `inputs` and `outputs` keep the model's own nesting."""

    name: str
    inputs: Any
    outputs: Any
    calls: list[Call] = field(default_factory=list)

    @property
    def flat_inputs(self) -> list[Edge]:
        return tree.flatten(self.inputs)

    @property
    def flat_outputs(self) -> list[Edge]:
        return tree.flatten(self.outputs)

    def consumers(self, edge: Edge) -> list[Call]:
        """The calls that read an edge."""
        return [call for call in self.calls if any(e is edge for e in call.inputs)]

    def find(self, layer: str | keras.Layer) -> Call:
        """The first call of a layer.

        Args:
            layer: The layer, its path `"outer/inner/conv"`, or as much of the path's
                end as no other layer has: `"conv"`.

        Raises:
            ArgumentError: There is no such layer, or several of that name.
        """
        if isinstance(layer, str):
            found = [call for call in self.calls if call.path == layer]
            found = found or [c for c in self.calls if c.path.endswith("/" + layer)]
        else:
            found = [call for call in self.calls if call.operation is layer]
        if not found:
            raise ArgumentError(self._no_layer(layer))
        paths = list(dict.fromkeys(call.path for call in found))
        if isinstance(layer, str) and len(paths) > 1:
            raise ArgumentError(
                f"Model '{self.name}' has several layers '{layer}': "
                f"{', '.join(paths)}. Give one of these paths. Received: {layer!r}"
            )
        return found[0]

    def _no_layer(self, layer: str | keras.Layer) -> str:
        known = list(dict.fromkeys(call.path for call in self.calls))
        name = layer if isinstance(layer, str) else getattr(layer, "name", str(layer))
        near = difflib.get_close_matches(name, known, n=1)
        guess = f" Did you mean '{near[0]}'?" if near else ""
        more = f" and {len(known) - _TOLD} others" if len(known) > _TOLD else ""
        return (
            f"Model '{self.name}' has no layer '{name}'.{guess} It has: "
            f"{', '.join(known[:_TOLD])}{more}. Received: {layer!r}"
        )


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
    inputs, outputs = _ends(model, model.name)
    images = {id(t) for t in image_inputs(tree.flatten(inputs))}
    edges = tree.map_structure(
        lambda t: _edge(_resized(t, image_size) if id(t) in images else t), inputs
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
    inputs, outputs = _ends(model, prefix + model.name)
    edge_of = {
        id(tensor): _as_given(edge, tensor, prefix, calls)
        for tensor, edge in zip(tree.flatten(inputs), arguments, strict=True)
    }
    for node in _nodes_in_order(tree.flatten(outputs), set(edge_of)):
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
            made = _output_edges(node, path, args, kwargs)
            calls.append(Call(operation, path, args, kwargs, made))
        edge_of.update({id(t): e for t, e in zip(node.outputs, made, strict=True)})
    return [edge_of[id(t)] for t in tree.flatten(outputs)]


def _as_given(edge: Edge, tensor: KerasTensor, prefix: str, calls: list[Call]) -> Edge:
    """The edge as a nested model reads it: cast to the type of that model's input."""
    dtype = keras.backend.standardize_dtype(tensor.dtype)
    if edge.dtype == dtype:
        return edge
    cast = keras.ops.cast(KerasTensor(edge.shape, edge.dtype), dtype)
    operation = cast._keras_history.operation
    made = Edge(edge.shape, dtype, cast.name)
    calls.append(Call(operation, prefix + operation.name, (edge,), {}, [made]))
    return made


def _nodes_in_order(outputs: list[KerasTensor], known: set[int]) -> list:
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


def _ends(model: keras.Model, path: str) -> tuple[Any, Any]:
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


def _order_like(model: keras.Model, args: tuple, kwargs: dict) -> list[Edge]:
    """The edges given to a nested model, in the order of that model's own inputs."""
    given = args[0] if args else kwargs.get("inputs")
    wanted, _ = _ends(model, model.name)
    if isinstance(given, dict) and not isinstance(wanted, dict):
        return [given[t.name] for t in tree.flatten(wanted)]
    return tree.flatten(given)


def _accepted(operation: keras.Operation, inherited: dict) -> dict:
    if not inherited or not isinstance(operation, keras.Layer):
        return {}
    parameters = inspect.signature(operation.call).parameters
    return {k: v for k, v in inherited.items() if k in parameters}


def _output_edges(node, path: str, args: tuple, kwargs: dict) -> list[Edge]:
    """Edges for a node's outputs, with shapes computed anew if the inputs' changed."""
    given = _edges_in((args, kwargs))
    same = all(
        e.shape == t.shape for e, t in zip(given, node.input_tensors, strict=True)
    )
    if same:
        return [_edge(t) for t in node.outputs]
    args, kwargs = tree.map_structure(
        lambda x: KerasTensor(x.shape, x.dtype) if isinstance(x, Edge) else x,
        (args, kwargs),
    )
    try:
        made = tree.flatten(node.operation.compute_output_spec(*args, **kwargs))
    except ValueError as error:
        raise ArgumentError(
            f"Layer '{path}' cannot take maps of shape {given[0].shape}, which that "
            "image size would give it."
        ) from error
    return [
        Edge(tuple(new.shape), old.dtype, old.name)
        for new, old in zip(made, node.outputs, strict=True)
    ]


def _edges_in(arguments: Any) -> list[Edge]:
    return [x for x in tree.flatten(arguments) if isinstance(x, Edge)]


def _edge(tensor: KerasTensor) -> Edge:
    dtype = keras.backend.standardize_dtype(tensor.dtype)
    return Edge(tuple(tensor.shape), dtype, tensor.name)


def _resized(tensor: KerasTensor, image_size: tuple[int, int] | None) -> KerasTensor:
    if image_size is None:
        return tensor
    shape = (tensor.shape[0], *image_size, *tensor.shape[3:])
    return KerasTensor(shape, tensor.dtype, name=tensor.name)
