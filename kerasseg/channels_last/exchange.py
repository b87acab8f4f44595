"""The new model as it grows: its layers, and the tensors between them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
from keras import KerasTensor, layers, tree

from kerasseg.channels_last.inputs import begins_first, wants_moved
from kerasseg.channels_last.plans import Plan, plan_of
from kerasseg.graph import Call, Edge, Graph


@dataclass(frozen=True)
class _Value:
    """A tensor, and whether its axis of channels was moved to the end."""

    tensor: KerasTensor
    is_moved: bool


class Exchange:
    """The layers of the new model, each made once, and the tensors between them."""

    def __init__(self):
        self.values: dict[int, _Value] = {}
        self._made: dict[tuple, Any] = {}
        self._names: set[str] = set()

    def add_input(self, graph: Graph, edge: Edge) -> KerasTensor:
        """Makes an input of the new model for one of the old."""
        shape, is_moved = edge.shape[1:], begins_first(graph, edge)
        shape = (*shape[1:], shape[0]) if is_moved else shape
        name = self._unique(edge.name)
        tensor = keras.Input(shape, edge.shape[0], dtype=edge.dtype, name=name)
        self.values[id(edge)] = _Value(tensor, is_moved)
        return tensor

    def add(self, call: Call) -> None:
        """Calls the new layer, on tensors with their axes in the order it reads."""
        moved = any(self.values[id(edge)].is_moved for edge in call.inputs)
        plan = plan_of(call, moved)
        if plan.config is None:
            source = self._given(call.inputs[0], not plan.is_moved)
            self.values[id(call.outputs[0])] = _Value(source, plan.is_moved)
            return
        wanted = wants_moved(call, moved, plan.config)
        args, kwargs = tree.map_structure(
            lambda x: self._given(x, wanted) if isinstance(x, Edge) else x,
            (call.args, call.kwargs),
        )
        made = self._layer(call, plan)(*args, **kwargs)
        for edge, tensor in zip(call.outputs, tree.flatten(made), strict=True):
            self.values[id(edge)] = _Value(tensor, plan.is_moved)

    def _given(self, edge: Edge, wanted: bool | None) -> KerasTensor:
        """The tensor of an edge, its axes exchanged where another order is wanted."""
        value = self.values[id(edge)]
        rank = len(edge.shape)
        if wanted is None or value.is_moved == wanted or rank < 3:
            return value.tensor
        to_first, to_last = (rank - 1, *range(1, rank - 1)), (*range(2, rank), 1)
        end = "last" if wanted else "first"
        name = self._unique(f"{edge.name}_channels_{end}")
        dims = to_last if wanted else to_first
        return layers.Permute(dims, name=name)(value.tensor)

    def _layer(self, call: Call, plan: Plan) -> Callable:
        """The new layer; when first called it takes the weights of the old one."""
        old = call.operation
        key = (id(old), repr(plan.config))
        if key in self._made:
            return self._made[key]
        new = type(old).from_config({**plan.config, "name": self._unique(old.name)})
        self._made[key] = new
        if not isinstance(old, keras.Layer) or not old.weights:
            return new

        def fill(*args, **kwargs):
            output = new(*args, **kwargs)
            for source, target in zip(old.weights, new.weights, strict=True):
                value = keras.ops.convert_to_numpy(source.value)
                target.assign(plan.arrange(value) if plan.arrange else value)
            if isinstance(new, layers.Normalization):
                new.finalize_state()
            self._made[key] = new
            return output

        return fill

    def _unique(self, name: str) -> str:
        unique, number = name, 1
        while unique in self._names:
            number += 1
            unique = f"{name}_{number}"
        self._names.add(unique)
        return unique
