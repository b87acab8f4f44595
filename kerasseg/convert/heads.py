"""How maps become vectors: what stands where a classifier stops looking at places."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import keras
import numpy as np
from keras import KerasTensor, layers, ops

from kerasseg.convert.cloning import Cloner
from kerasseg.convert.dense import convolution_from_dense
from kerasseg.convert.layouts import Layout, Value
from kerasseg.convert.refusals import refuse
from kerasseg.graph import Call
from kerasseg.layer_kinds import global_pooling
from kerasseg.layers import (
    DilatedAveragePooling2D,
    DilatedConv2D,
    DilatedMaxPooling2D,
    UnfoldWindows2D,
)


@dataclass(frozen=True)
class Heads:
    """The rules of heads, under the options of one conversion.

    Attributes:
        padding: Of convolutions and poolings over windows: `"valid"` or `"same"`.
        global_pooling: `"window"` or `"cam"`.
        cloner: Makes the new layers.
        unfolded: The windows taken so far, the widest tensors of all, to be shared.
    """

    padding: str
    global_pooling: str
    cloner: Cloner
    unfolded: dict[tuple, KerasTensor] = field(default_factory=dict)

    def flatten(self, call: Call, value: Value) -> Value:
        """A flattened map stays a map; what comes next takes the windows."""
        size = _map_size(call)
        height, width = (size[value.order.index(axis)] for axis in (0, 1))
        if (height, width) == (1, 1):
            vector = replace(value, layout=Layout.VECTOR, order=(0, 1, 2))
            return self.reshape_vector(call, vector)
        order = value.order
        if getattr(call.operation, "data_format", None) == "channels_first":
            order = (*order[1:], order[0])  # Keras moves the first axis to the end
        window = replace(
            value,
            layout=Layout.WINDOW,
            window_size=(height, width),
            order=order,
            flattened_by=call,
        )
        return self.reshape_window(call, window)

    def reshape_window(self, call: Call, value: Value) -> Value:
        """A flattened map in another shape is flat still, or again the map it was."""
        shape = tuple(call.outputs[0].shape[1:])
        size = (*value.window_size, value.tensor.shape[-1])
        if shape == size and value.order == (0, 1, 2):
            return replace(value, layout=Layout.MAP, window_size=None)
        if len(shape) == 3 and shape[:2] == (1, 1):
            return self.reshape_vector(call, self.unfold(call, value))
        return value

    def permute(self, call: Call, value: Value) -> Value:
        """Exchanged axes change nothing but the order in which Flatten will read."""
        order = tuple(value.order[axis - 1] for axis in call.operation.dims)
        layout = Layout.MAP if order == (0, 1, 2) else Layout.PERMUTED
        return replace(value, layout=layout, order=order)

    def dense(self, call: Call, value: Value, activation: str | None) -> Value:
        """A convolution with the numbers of the Dense layer."""
        is_window = value.layout is Layout.WINDOW
        size = value.window_size if is_window else (1, 1)
        config = convolution_from_dense(call, size, self.padding)
        if activation != "same":
            config["activation"] = activation
        tensor, kind = value.tensor, layers.Conv2D
        if max(size) > 1 and max(value.rate) > 1:
            kind = DilatedConv2D
            tensor = self.cloner.pad(call, tensor, self._pads(size, value.rate))
            config |= {"dilation_rate": value.rate, "padding": "valid"}
        tensor = self.cloner.apply(
            call,
            tensor,
            layer_class=kind,
            config=config,
            arrange=_in_order(value.order, (*size, value.tensor.shape[-1])),
            arrangement=value.order,
        )
        return value.vector(tensor, size, self.padding)

    def pool(self, call: Call, value: Value) -> Value:
        """A pooling over windows of the trained size, or none for activation maps."""
        operation = call.operation
        pooling = global_pooling(operation)
        layout = Layout.MAP if pooling.keepdims else Layout.VECTOR
        if self.global_pooling == "cam":
            return replace(value, layout=layout, order=(0, 1, 2))
        size = tuple(_map_size(call)[value.order.index(axis)] for axis in (0, 1))
        config = {"pool_size": size, "strides": (1, 1), "padding": self.padding}
        kind = layers.AveragePooling2D if pooling.mean else layers.MaxPooling2D
        if max(value.rate) > 1:
            config = {"pool_size": size, "dilation_rate": value.rate}
            config["padding"] = self._pads(size, value.rate)
            kind = DilatedAveragePooling2D if pooling.mean else DilatedMaxPooling2D
        if isinstance(operation, keras.Layer):
            config["trainable"] = operation.trainable
            config["dtype"] = operation.get_config()["dtype"]
        else:  # keras.ops computes in the type of what it is given
            config["dtype"] = value.tensor.dtype
        tensor = self.cloner.apply(call, value.tensor, layer_class=kind, config=config)
        vector = value.vector(tensor, size, self.padding)
        return replace(vector, layout=layout)

    def unfold(self, call: Call, value: Value) -> Value:
        """Takes the windows, for layers with a number for every flattened feature."""
        policy = getattr(call.operation, "dtype_policy", None) or value.tensor.dtype
        dtype = keras.dtype_policies.get(policy).name
        key = (id(value.tensor), value.window_size, value.order, dtype)
        if key not in self.unfolded:
            unfold = UnfoldWindows2D(
                value.window_size,
                self.padding,
                order=value.order,
                dilation_rate=value.rate,
                dtype=policy,
                # What it stands for: of Flatten nothing else is left (see `report`).
                name=self.cloner.name_for(value.flattened_by),
            )
            self.unfolded[key] = unfold(value.tensor)
        return value.vector(self.unfolded[key], value.window_size, self.padding)

    def reshape_vector(self, call: Call, value: Value) -> Value:
        """A vector stays one in any shape, or becomes a map of one cell."""
        shape = call.outputs[0].shape
        if len(shape) < 4:
            return value
        if len(shape) == 4 and shape[1:3] == (1, 1):
            return replace(value, layout=Layout.MAP)
        return refuse(call, f"makes a vector into a tensor of shape {shape}")

    def _pads(self, size: tuple[int, int], rate: tuple[int, int]):
        """Zeros around the dense map that keep its size, if the head is to do so."""
        if self.padding == "valid":
            return (0, 0), (0, 0)
        return tuple(
            ((k - 1) // 2 * r, (k - 1 - (k - 1) // 2) * r)
            for k, r in zip(size, rate, strict=True)
        )


def _map_size(call: Call) -> tuple[int, int, int]:
    """The classifier's own size of the map that a head reduces to one vector."""
    size = call.inputs[0].shape[1:]
    if len(size) == 2:  # an image without channel axis
        size = (*size, 1)
    if None in size:
        refuse(
            call,
            "needs the size of the map it was trained on, and the model leaves that "
            "open. Pass native_size=(height, width) of the training images (on the "
            "command line --native-size HxW)",
        )
    return size


def _in_order(order: tuple[int, int, int], size: tuple[int, int, int]):
    """How a kernel whose rows follow exchanged axes is put back, or `None`."""
    if order == (0, 1, 2):
        return None
    rows = tuple(size[axis] for axis in order)
    back = (*(int(axis) for axis in np.argsort(order)), 3)

    def arrange(values: list) -> list:
        kernel, *bias = values
        kernel = ops.reshape(kernel, (*rows, kernel.shape[-1]))
        return [ops.transpose(kernel, back), *bias]

    return arrange
