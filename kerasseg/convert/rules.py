"""What each kind of layer becomes when the image may grow.

One rule for each layout that a tensor can have (see `layouts`). A layer that no rule
knows is refused by name: a guess could give a wrong map silently.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from keras import layers

from kerasseg.convert.activations import check_activation
from kerasseg.convert.checks import (
    check_flat,
    check_float,
    check_keeps_batch,
    check_on_map,
    check_on_plane,
    check_on_vectors,
    check_training,
)
from kerasseg.convert.declared import check_declared
from kerasseg.convert.densify import Densifier
from kerasseg.convert.ends import SAME
from kerasseg.convert.exchanged_axes import config_on_exchanged, pools_exchanged
from kerasseg.convert.heads import Heads
from kerasseg.convert.layouts import Layout, Value
from kerasseg.convert.merging import merge
from kerasseg.convert.refusals import hint_at_declaring, refuse
from kerasseg.convert.repeating import Repeater
from kerasseg.graph import Call
from kerasseg.layer_kinds import (
    adds_channel_axis,
    global_pooling,
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
        repeater: Calls the same layers again, with the activations wanted.
        gates: The calls, by `id`, that stay global (see `gates`).
        values: For every edge of the classifier, by `id`, its counterpart.
    """

    densifier: Densifier
    heads: Heads
    repeater: Repeater
    gates: set[int]
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
            return self.repeater.repeat(call, values, Layout.WHOLE)
        if layouts == {Layout.BESIDE}:
            return self.repeater.repeat(call, values, Layout.BESIDE)
        check_training(call)
        if is_flattening(call.operation):
            check_keeps_batch(call)
        if not self.repeater.ends_head(call):
            check_activation(call)
            check_declared(call)
        if is_merge(call.operation) or len(values) > 1:
            return merge(call, values, self.heads, self.repeater)
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
            return self.repeater.repeat(call, [value], Layout.MAP)
        return self.densifier.place(call, value, self.repeater.config(call))

    def _on_window(self, call: Call, value: Value) -> Value:
        if is_flattening(call.operation):
            return self.heads.reshape_window(call, value)
        # The activation wanted instead may work on the whole vector.
        stays = is_pointwise(call.operation) and not self.repeater.ends_head(call)
        if stays and check_on_vectors(call).elementwise:
            return self.repeater.repeat(call, [value], Layout.WINDOW)
        check_flat(call)
        if type(call.operation) is layers.Dense:
            return self._dense(call, value)
        return self._on_vector(call, self.heads.unfold(call, value))

    def _on_vector(self, call: Call, value: Value) -> Value:
        if is_flattening(call.operation):
            return self.heads.reshape_vector(call, value)
        if is_pointwise(call.operation) and check_on_vectors(call).elementwise:
            return self.repeater.repeat(call, [value], Layout.VECTOR)
        check_flat(call)
        if type(call.operation) is layers.Dense:
            return self._dense(call, value)
        if not is_pointwise(call.operation):
            refuse(
                call,
                "has no counterpart for vectors that stand side by side"
                + hint_at_declaring(call.operation),
            )
        config = check_on_vectors(call).config
        return self.repeater.repeat(call, [value], Layout.VECTOR, config)

    def _on_permuted(self, call: Call, value: Value) -> Value:
        if is_flattening(call.operation):
            return self.heads.flatten(call, value)
        if type(call.operation) is layers.Permute:
            return self.heads.permute(call, value)
        if pools_exchanged(call, value):
            return self.heads.pool(call, value)
        config = config_on_exchanged(call, value)
        return self.repeater.repeat(call, [value], Layout.PERMUTED, config)

    def _on_plane(self, call: Call, value: Value) -> Value:
        if adds_channel_axis(call):
            return replace(value, layout=Layout.MAP)
        if is_flattening(call.operation):
            return self.heads.flatten(call, value)
        check_on_plane(call)
        return self.repeater.repeat(call, [value], Layout.PLANE)

    def _on_whole(self, call: Call, _: Value) -> Value:
        return refuse(
            call, "reads a pooled vector that is also multiplied back into the map"
        )

    def _dense(self, call: Call, value: Value) -> Value:
        wanted = self.repeater.activations.get(id(call), SAME)
        return self.heads.dense(call, value, wanted)
