"""What each kind of layer becomes when the image may grow.

One rule for each layout that a tensor can have (see `layouts`). A layer that no rule
knows is refused by name: a guess could give a wrong map silently.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import gcd
from typing import Any

from keras import layers, tree

from kerasseg.convert.activations import check_activation
from kerasseg.convert.checks import (
    check_float,
    check_keeps_batch,
    check_on_map,
    check_on_plane,
    check_on_vectors,
    check_training,
)
from kerasseg.convert.cloning import Cloner
from kerasseg.convert.declared import check_declared
from kerasseg.convert.densify import Densifier
from kerasseg.convert.exchanged_axes import (
    check_orders,
    config_on_exchanged,
    pools_exchanged,
)
from kerasseg.convert.gates import check_gates
from kerasseg.convert.heads import Heads
from kerasseg.convert.joining import brought_together
from kerasseg.convert.layouts import Layout, Value
from kerasseg.convert.refusals import hint_at_declaring, refuse
from kerasseg.graph import Call, Edge
from kerasseg.layer_kinds import (
    adds_channel_axis,
    global_pooling,
    is_elementwise_operation,
    is_flattening,
    is_merge,
    is_pointwise,
)
from kerasseg.windows import window_of


@dataclass
class Conversion:
    """The state of one conversion.

    Attributes:
        densifier: Slides windows over maps, dilated where strides are removed.
        heads: Turns maps into vectors, with the options of the conversion.
        cloner: Makes the new layers.
        activations: For the calls that end a head, by `id`, the activation wanted
            instead of their own.
        gates: The calls, by `id`, that stay global (see `gates`).
        values: For every edge of the classifier, by `id`, its counterpart.
    """

    densifier: Densifier
    heads: Heads
    cloner: Cloner
    activations: dict[int, str | None] = field(default_factory=dict)
    gates: set[int] = field(default_factory=set)
    values: dict[int, Value] = field(default_factory=dict)

    def convert(self, call: Call) -> None:
        """Gives the outputs of a call their counterparts.

        Raises:
            ConversionError: The layer has none that is exact.
        """
        if len(call.outputs) != 1 or not call.inputs:
            refuse(call, "takes no tensor, or gives several")
        self.values[id(call.outputs[0])] = self._rule(call)

    def _rule(self, call: Call) -> Value:
        values = [self.values[id(edge)] for edge in call.inputs]
        layouts = {value.layout for value in values}
        check_float(call, is_beside=layouts == {Layout.BESIDE})
        # No image to grow there: anything stays what it was.
        if id(call) in self.gates:
            return self._same(call, values, Layout.WHOLE)
        if layouts == {Layout.BESIDE}:
            return self._same(call, values, Layout.BESIDE)
        check_training(call)
        if is_flattening(call.operation):
            check_keeps_batch(call)
        if id(call) not in self.activations:
            check_activation(call)
            check_declared(call)
        if is_merge(call.operation) or len(values) > 1:
            return self._merge(call, values, layouts)
        rule = {
            Layout.MAP: self._on_map,
            Layout.WINDOW: self._on_window,
            Layout.VECTOR: self._on_vector,
            Layout.PERMUTED: self._on_permuted,
            Layout.PLANE: self._on_plane,
            Layout.WHOLE: self._on_whole,
        }[values[0].layout]
        return rule(call, values[0])

    def _on_map(self, call: Call, value: Value) -> Value:
        operation = call.operation
        if is_flattening(operation):
            return self.heads.flatten(call, value)
        if global_pooling(operation):
            check_on_map(call)
            return self.heads.pool(call, value)
        if type(operation) is layers.Permute:
            return self.heads.permute(call, value)
        if is_pointwise(operation) or window_of(operation) is not None:
            check_on_map(call)
            return self._in_trunk(call, value)
        return refuse(
            call,
            "is not known to work alike at every place of an image of any size"
            + hint_at_declaring(call.operation),
        )

    def _in_trunk(self, call: Call, value: Value) -> Value:
        if window_of(call.operation) is None:
            return self._same(call, [value], Layout.MAP)
        return self.densifier.place(call, value, self._config(call))

    def _on_window(self, call: Call, value: Value) -> Value:
        if is_flattening(call.operation):
            return self.heads.reshape_window(call, value)
        # The activation wanted instead may work on the whole vector.
        stays = is_pointwise(call.operation) and id(call) not in self.activations
        if stays and check_on_vectors(call).elementwise:
            return self._same(call, [value], Layout.WINDOW)
        _check_flat(call)
        if type(call.operation) is layers.Dense:
            return self._dense(call, value)
        return self._on_vector(call, self.heads.unfold(call, value))

    def _on_vector(self, call: Call, value: Value) -> Value:
        if is_flattening(call.operation):
            return self.heads.reshape_vector(call, value)
        if is_pointwise(call.operation) and check_on_vectors(call).elementwise:
            return self._same(call, [value], Layout.VECTOR)
        _check_flat(call)
        if type(call.operation) is layers.Dense:
            return self._dense(call, value)
        if not is_pointwise(call.operation):
            refuse(
                call,
                "has no counterpart for vectors that stand side by side"
                + hint_at_declaring(call.operation),
            )
        return self._same(call, [value], Layout.VECTOR, check_on_vectors(call).config)

    def _on_permuted(self, call: Call, value: Value) -> Value:
        if is_flattening(call.operation):
            return self.heads.flatten(call, value)
        if type(call.operation) is layers.Permute:
            return self.heads.permute(call, value)
        if pools_exchanged(call, value):
            return self.heads.pool(call, value)
        config = config_on_exchanged(call, value)
        return self._same(call, [value], Layout.PERMUTED, config)

    def _on_plane(self, call: Call, value: Value) -> Value:
        if adds_channel_axis(call):
            return replace(value, layout=Layout.MAP)
        if is_flattening(call.operation):
            return self.heads.flatten(call, value)
        check_on_plane(call)
        return self._same(call, [value], Layout.PLANE)

    def _on_whole(self, call: Call, _: Value) -> Value:
        return refuse(
            call, "reads a pooled vector that is also multiplied back into the map"
        )

    def _merge(self, call: Call, values: list[Value], layouts: set[Layout]) -> Value:
        if not (is_merge(call.operation) or is_elementwise_operation(call.operation)):
            refuse(call, "joins tensors in a way that is not known")
        if Layout.PERMUTED in layouts:
            check_orders(call, values)
            config = config_on_exchanged(call, values[0])
            values = brought_together(call, values)
            return self._same(call, values, Layout.PERMUTED, config)
        if Layout.PLANE in layouts:
            refuse(call, "joins images that have no channel axis")
        _check_strides(call, values)
        if layouts <= {Layout.MAP, Layout.WHOLE, Layout.BESIDE}:
            pairs = list(zip(call.inputs, values, strict=True))
            check_on_map(call, [e for e, v in pairs if not v.layout.has_places])
            check_gates(call, [e for e, v in pairs if v.layout is Layout.WHOLE])
            return self._same(call, brought_together(call, values), Layout.MAP)
        if Layout.MAP in layouts or Layout.WHOLE in layouts:
            refuse(
                call,
                "joins a map with a vector that was flattened or pooled from the whole "
                "image, so no cell could be computed from its own window",
            )
        _check_flat(call)
        values = [
            self.heads.unfold(call, value) if value.layout is Layout.WINDOW else value
            for value in values
        ]
        values = brought_together(call, values)
        return self._same(call, values, Layout.VECTOR, check_on_vectors(call).config)

    def _dense(self, call: Call, value: Value) -> Value:
        return self.heads.dense(call, value, self.activations.get(id(call), _OWN))

    def _same(
        self,
        call: Call,
        values: list[Value],
        layout: Layout,
        config: dict[str, Any] | None = None,
    ) -> Value:
        """The same layer again, with the same weights, on the new tensors."""
        tensor_of = {
            id(edge): value.tensor
            for edge, value in zip(call.inputs, values, strict=True)
        }
        args, kwargs = tree.map_structure(
            lambda x: tensor_of[id(x)] if isinstance(x, Edge) else x,
            (call.args, call.kwargs),
        )
        if id(call) in self.activations and not hasattr(call.operation, "activation"):
            tensor = self._end(call)(values[0].tensor)
        else:
            config = self._config(call, config)
            tensor = self.cloner.apply(call, *args, config=config, **kwargs)
        first = next((v for v in values if v.layout.has_places), values[0])
        return replace(first, tensor=tensor, layout=layout)

    def _config(self, call: Call, config: dict[str, Any] | None = None):
        """A layer's configuration; at the end of a head, with the activation wanted."""
        if id(call) not in self.activations:
            return config
        config = config or call.operation.get_config()
        return {**config, "activation": self.activations[id(call)]}

    def _end(self, call: Call) -> layers.Layer:
        """The activation wanted, in place of a layer that is one itself."""
        config = call.operation.get_config()
        kept = {k: v for k, v in config.items() if k in _OF_EVERY_LAYER}
        kept["name"] = self.cloner.name_for(call)
        wanted = self.activations[id(call)]
        return layers.Activation.from_config({**kept, "activation": wanted or "linear"})


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


def _check_flat(call: Call) -> None:
    if any(len(edge.shape) != 2 for edge in call.inputs):
        refuse(
            call,
            "works on a map or vector that was given another shape, which moves its "
            "places. "
            f"Received: shapes {[edge.shape for edge in call.inputs]}",
        )


_OWN = "same"
_OF_EVERY_LAYER = ("name", "trainable", "dtype")
