"""What each kind of layer becomes when the image may grow.

Three small tables, one for each layout that a tensor can have (see `layouts`). A layer
that stands in none of them is refused by name: a guess could give a wrong map silently.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from keras import layers, tree

from kerasseg.convert.checks import check_activation, check_on_map, check_on_vectors
from kerasseg.convert.cloning import Cloner
from kerasseg.convert.dense import convolution_from_dense
from kerasseg.convert.layouts import Layout, Value
from kerasseg.convert.refusals import refuse
from kerasseg.graph import Call, Edge
from kerasseg.layer_kinds import (
    FLATTENINGS,
    GLOBAL_POOLINGS,
    is_elementwise_operation,
    is_merge,
    is_pointwise,
    window_of,
)
from kerasseg.layers import UnfoldWindows2D


@dataclass
class Conversion:
    """The state of one conversion.

    Attributes:
        padding: Of the head's convolutions and poolings: `"valid"` or `"same"`.
        global_pooling: `"window"` or `"cam"`.
        activations: For the calls that end a head, by `id`, the activation wanted
            instead of their own.
        values: For every edge of the classifier, by `id`, its counterpart.
        cloner: Makes the new layers.
    """

    padding: str
    global_pooling: str
    activations: dict[int, str | None] = field(default_factory=dict)
    values: dict[int, Value] = field(default_factory=dict)
    cloner: Cloner = field(default_factory=Cloner)

    def convert(self, call: Call) -> None:
        """Gives the outputs of a call their counterparts.

        Raises:
            ConversionError: The layer has none that is exact.
        """
        if len(call.outputs) != 1 or not call.inputs:
            refuse(call, "takes no tensor, or gives several")
        if id(call) not in self.activations:
            check_activation(call)
        values = [self.values[id(edge)] for edge in call.inputs]
        layouts = {value.layout for value in values}
        if is_merge(call.operation) or (len(values) > 1):
            made = self._merge(call, values, layouts)
        elif layouts == {Layout.MAP}:
            made = self._on_map(call, values[0])
        elif layouts == {Layout.WINDOW}:
            made = self._on_window(call, values[0])
        else:
            made = self._on_vector(call, values[0])
        self.values[id(call.outputs[0])] = made

    def _on_map(self, call: Call, value: Value) -> Value:
        kind = type(call.operation)
        if kind in FLATTENINGS:
            return self._flatten(call, value)
        if kind in GLOBAL_POOLINGS:
            return self._pool_globally(call, value)
        if is_pointwise(call.operation) or window_of(call.operation) is not None:
            check_on_map(call)
            return self._same(call, {id(call.inputs[0]): value}, Layout.MAP)
        return refuse(
            call,
            "is not known to work alike at every place of an image of any size",
        )

    def _on_window(self, call: Call, value: Value) -> Value:
        kind = type(call.operation)
        if kind in FLATTENINGS and len(call.outputs[0].shape) == 2:
            return value
        if kind is layers.Dense:
            return self._dense(call, value, value.window_size)
        if check_on_vectors(call).elementwise:
            made = self._same(call, {id(call.inputs[0]): value}, Layout.WINDOW)
            return Value(made.tensor, Layout.WINDOW, value.window_size)
        return self._on_vector(call, self._unfold(call, value))

    def _on_vector(self, call: Call, value: Value) -> Value:
        kind = type(call.operation)
        if kind in FLATTENINGS:
            return self._reshape_vector(call, value)
        if kind is layers.Dense:
            return self._dense(call, value, (1, 1))
        if not is_pointwise(call.operation):
            refuse(call, "has no counterpart for vectors that stand side by side")
        config = check_on_vectors(call).config
        return self._same(call, {id(call.inputs[0]): value}, Layout.VECTOR, config)

    def _merge(self, call: Call, values: list[Value], layouts: set[Layout]) -> Value:
        if not (is_merge(call.operation) or is_elementwise_operation(call.operation)):
            refuse(call, "joins tensors in a way that is not known")
        if layouts == {Layout.MAP}:
            check_on_map(call)
            return self._same(call, _by_edge(call, values), Layout.MAP)
        if Layout.MAP in layouts:
            refuse(
                call,
                "joins a map with a vector that was pooled or flattened from the whole "
                "image, so no cell could be computed from its own window",
            )
        values = [
            self._unfold(call, value) if value.layout is Layout.WINDOW else value
            for value in values
        ]
        config = check_on_vectors(call).config
        return self._same(call, _by_edge(call, values), Layout.VECTOR, config)

    def _same(
        self,
        call: Call,
        value_of: dict[int, Value],
        layout: Layout,
        config: dict[str, Any] | None = None,
    ) -> Value:
        """The same layer again, with the same weights, on the new tensors."""
        args, kwargs = tree.map_structure(
            lambda x: value_of[id(x)].tensor if isinstance(x, Edge) else x,
            (call.args, call.kwargs),
        )
        config, layer_class = self._with_activation(call, config)
        if layer_class is not None:  # another class may not take the same arguments
            args, kwargs = (value_of[id(call.inputs[0])].tensor,), {}
        tensor = self.cloner.apply(
            call, *args, layer_class=layer_class, config=config, **kwargs
        )
        return Value(tensor, layout)

    def _dense(self, call: Call, value: Value, kernel_size: tuple[int, int]) -> Value:
        config = convolution_from_dense(call, kernel_size, self.padding)
        if id(call) in self.activations:
            config["activation"] = self.activations[id(call)]
        tensor = self.cloner.apply(
            call, value.tensor, layer_class=layers.Conv2D, config=config
        )
        return Value(tensor, Layout.VECTOR)

    def _flatten(self, call: Call, value: Value) -> Value:
        if len(call.outputs[0].shape) != 2:
            refuse(call, "gives a map another shape, which moves its places")
        return Value(value.tensor, Layout.WINDOW, _map_size(call))

    def _reshape_vector(self, call: Call, value: Value) -> Value:
        shape = call.outputs[0].shape
        if len(shape) == 2:
            return value
        if len(shape) == 4 and shape[1:3] == (1, 1):
            return Value(value.tensor, Layout.MAP)
        return refuse(call, f"makes a vector into a tensor of shape {shape}")

    def _pool_globally(self, call: Call, value: Value) -> Value:
        layer = call.operation
        check_on_map(call)
        layout = Layout.MAP if layer.keepdims else Layout.VECTOR
        if self.global_pooling == "cam":
            return Value(value.tensor, layout)
        is_mean = type(layer) is layers.GlobalAveragePooling2D
        tensor = self.cloner.apply(
            call,
            value.tensor,
            layer_class=layers.AveragePooling2D if is_mean else layers.MaxPooling2D,
            config={
                "name": layer.name,
                "trainable": layer.trainable,
                "dtype": layer.get_config()["dtype"],
                "pool_size": _map_size(call),
                "strides": (1, 1),
                "padding": self.padding,
            },
        )
        return Value(tensor, layout)

    def _unfold(self, call: Call, value: Value) -> Value:
        tensor = UnfoldWindows2D(
            value.window_size, self.padding, dtype=call.operation.dtype_policy
        )(value.tensor)
        return Value(tensor, Layout.VECTOR)

    def _with_activation(
        self, call: Call, config: dict | None
    ) -> tuple[dict | None, type | None]:
        """The configuration and class that give a head's end the activation wanted."""
        if id(call) not in self.activations:
            return config, None
        activation = self.activations[id(call)]
        layer = call.operation
        if hasattr(layer, "activation"):
            return {**(config or layer.get_config()), "activation": activation}, None
        kept = {k: v for k, v in layer.get_config().items() if k in _OF_EVERY_LAYER}
        return {**kept, "activation": activation or "linear"}, layers.Activation


_OF_EVERY_LAYER = ("name", "trainable", "dtype")


def _by_edge(call: Call, values: list[Value]) -> dict[int, Value]:
    return {id(e): value for e, value in zip(call.inputs, values, strict=True)}


def _map_size(call: Call) -> tuple[int, int]:
    """Height and width of the map that a head reduces to one vector."""
    size = call.inputs[0].shape[1:3]
    if None in size:
        refuse(
            call,
            "needs the size of the map it was trained on, and the model leaves that "
            "open. Pass native_size=(height, width) of the training images",
        )
    return size
