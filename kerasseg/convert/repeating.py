"""A layer of the classifier again, or with another activation at the end of a head."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from keras import layers, tree

from kerasseg.convert.cloning import Cloner
from kerasseg.convert.layouts import Layout, Value
from kerasseg.graph import Call, Edge

_OF_EVERY_LAYER = ("name", "trainable", "dtype")


@dataclass(frozen=True)
class Repeater:
    """Calls layers again, with the same weights.

    Attributes:
        cloner: Makes the new layers.
        activations: For the calls that end a head, by `id`, the activation wanted
            instead of their own.
    """

    cloner: Cloner
    activations: dict[int, str] = field(default_factory=dict)

    def repeat(
        self,
        call: Call,
        values: list[Value],
        layout: Layout,
        config: dict[str, Any] | None = None,
    ) -> Value:
        """The same layer again, with the same weights, on the new tensors.

        Args:
            call: The call of the layer.
            values: The counterparts of what it works on.
            layout: How what it gives stands for what it gave.
            config: Its configuration, where that is not the layer's own.
        """
        tensor_of = {
            id(edge): value.tensor
            for edge, value in zip(call.inputs, values, strict=True)
        }
        args, kwargs = tree.map_structure(
            lambda x: tensor_of[id(x)] if isinstance(x, Edge) else x,
            (call.args, call.kwargs),
        )
        if self.ends_head(call) and not hasattr(call.operation, "activation"):
            tensor = self._end(call)(values[0].tensor)
        else:
            config = self.config(call, config)
            tensor = self.cloner.apply(call, *args, config=config, **kwargs)
        first = next((v for v in values if v.layout.has_places), values[0])
        return replace(first, tensor=tensor, layout=layout)

    def config(
        self, call: Call, config: dict[str, Any] | None = None
    ) -> dict[str, Any] | None:
        """A layer's configuration; at the end of a head, with the activation wanted.

        Args:
            call: The call of the layer.
            config: As for `repeat`; `None` for the layer's own, there and in return.
        """
        if not self.ends_head(call):
            return config
        config = config or call.operation.get_config()
        return {**config, "activation": self.activations[id(call)]}

    def ends_head(self, call: Call) -> bool:
        """Whether the call gets another activation than its own."""
        return id(call) in self.activations

    def _end(self, call: Call) -> layers.Layer:
        """The activation wanted, in place of a layer that is one itself."""
        config = call.operation.get_config()
        kept = {k: v for k, v in config.items() if k in _OF_EVERY_LAYER}
        kept["name"] = self.cloner.name_for(call)
        wanted = self.activations[id(call)]
        return layers.Activation.from_config({**kept, "activation": wanted})
