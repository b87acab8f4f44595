"""A model as calls of layers, and the edges that carry tensors between them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import keras
from keras import tree

from kerasseg.errors import ArgumentError, did_you_mean

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
        return edges_in((self.args, self.kwargs))


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
        near = did_you_mean(name, known)
        more = f" and {len(known) - _TOLD} others" if len(known) > _TOLD else ""
        return (
            f"Model '{self.name}' has no layer '{name}'.{near} It has: "
            f"{', '.join(known[:_TOLD])}{more}. Received: {layer!r}"
        )


def edges_in(arguments: Any) -> list[Edge]:
    """The edges among arguments, nested as they may be, in order."""
    return [x for x in tree.flatten(arguments) if isinstance(x, Edge)]
