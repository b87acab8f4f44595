"""Models on channels-first images, rewritten to take the channels last.

Theano had images as (channels, height, width), and so have many models of its time.
TensorFlow has no such convolution on CPUs, and everything else here has the channels
last. Each map of the new model is the old map with its axes exchanged; a layer that is
not known to allow for that gets the old axes back in front of it, so the numbers stay.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import KerasTensor, layers, tree

from kerasseg.errors import ConversionError, KerasSegWarning
from kerasseg.graph import Call, Edge, Graph, flatten_model
from kerasseg.layer_kinds import (
    MERGES,
    is_elementwise_operation,
    is_merge,
    is_pointwise,
)

_FIRST = "channels_first"
_ALONE = (  # treat every number by itself
    layers.ActivityRegularization,
    layers.AlphaDropout,
    layers.ELU,
    layers.GaussianDropout,
    layers.GaussianNoise,
    layers.Identity,
    layers.LeakyReLU,
    layers.ReLU,
)
_ONE_AXIS = (
    layers.BatchNormalization,
    layers.Concatenate,
    layers.LayerNormalization,
    layers.Softmax,
)
_ALONG_AN_AXIS = ("softmax", "sparsemax", "sparse_sigmoid", "glu")


def is_channels_first(model: keras.Model) -> bool:
    """Whether a layer of the model works on maps with the channels first."""
    return any(
        getattr(layer, "data_format", None) == _FIRST
        for layer in model._flatten_layers()
        if not isinstance(layer, layers.Flatten)
    )


def with_channels_last(model: keras.Model) -> keras.Model:
    """The model on images with the channels last, with the same numbers.

    Args:
        model: A Functional or Sequential model. It is not changed, and the new model
            shares no variables with it.

    Returns:
        The model itself if no layer has the channels first; else a new one, flat: what
        was nested in it stands side by side. It takes images `(batch, height, width,
        channels)`, and maps that it puts out have the channels last too.

    Raises:
        ConversionError: A layer has an activation along an axis that is exchanged.
    """
    if not isinstance(model, keras.Model) or not is_channels_first(model):
        return model
    graph = flatten_model(model)
    exchange = _Exchange()
    inputs = tree.map_structure(lambda e: exchange.add_input(graph, e), graph.inputs)
    for call in graph.calls:
        exchange.add(call)
    outputs = tree.map_structure(lambda e: exchange.values[id(e)].tensor, graph.outputs)
    warnings.warn(
        f"Model '{model.name}' was made for images with the channels first. It now "
        "takes them as (height, width, channels) and gives the same scores.",
        KerasSegWarning,
        stacklevel=3,
    )
    return keras.Model(inputs, outputs, name=model.name)


@dataclass(frozen=True)
class _Value:
    """A tensor, and whether its axis of channels was moved to the end."""

    tensor: KerasTensor
    is_moved: bool


class _Exchange:
    """The layers of the new model, each made once, and the tensors between them."""

    def __init__(self):
        self.values: dict[int, _Value] = {}
        self._made: dict[tuple, Any] = {}
        self._names: set[str] = set()

    def add_input(self, graph: Graph, edge: Edge) -> KerasTensor:
        shape, is_moved = edge.shape[1:], _begins_first(graph, edge)
        shape = (*shape[1:], shape[0]) if is_moved else shape
        name = self._unique(edge.name)
        tensor = keras.Input(shape, edge.shape[0], dtype=edge.dtype, name=name)
        self.values[id(edge)] = _Value(tensor, is_moved)
        return tensor

    def add(self, call: Call) -> None:
        is_moved, config, arrange = self._plan(call)
        if config is None:  # an exchange of axes that came to nothing
            source = self._given(call.inputs[0], not is_moved)
            self.values[id(call.outputs[0])] = _Value(source, is_moved)
            return
        wanted = _wants_moved(call, self, config)
        args, kwargs = tree.map_structure(
            lambda x: self._given(x, wanted) if isinstance(x, Edge) else x,
            (call.args, call.kwargs),
        )
        made = self._layer(call, config, arrange)(*args, **kwargs)
        for edge, tensor in zip(call.outputs, tree.flatten(made), strict=True):
            self.values[id(edge)] = _Value(tensor, is_moved)

    def is_any_moved(self, call: Call) -> bool:
        return any(self.values[id(edge)].is_moved for edge in call.inputs)

    def _plan(self, call: Call):
        """Whether the output is moved, the new configuration, and that of weights."""
        layer = call.operation
        config = layer.get_config()
        rank = len(call.inputs[0].shape)
        moved = self.is_any_moved(call)
        same_rank = all(len(edge.shape) == rank for edge in call.inputs)
        if isinstance(layer, layers.Permute):
            return self._permute(call, config, moved)
        if type(layer) is layers.SpatialDropout2D and moved:  # Keras 2 left it out
            return True, {**config, "data_format": "channels_last"}, None
        if isinstance(layer, layers.Flatten):
            return False, {**config, **_flatten_format(config, moved)}, None
        if config.get("data_format") == _FIRST:
            _check_activation(call)
            stays_map = len(call.outputs[0].shape) == rank
            return stays_map, {**config, "data_format": "channels_last"}, None
        if not moved:
            return _as_cell(call, config)
        if type(layer) is layers.PReLU:
            return True, *_slopes(config, rank)
        if _acts_alone(call) and same_rank:
            return True, config, None
        axis = config.get("axis")
        if type(layer) in _ONE_AXIS and isinstance(axis, int) and same_rank:
            return True, {**config, "axis": _axis_after(axis, rank)}, None
        return False, config, None

    def _permute(self, call: Call, config: dict, moved: bool):
        dims = tuple(config["dims"])
        rank = len(dims) + 1
        back = (rank - 1, *range(1, rank - 1))
        if not moved and dims == back:
            return True, None, None
        if moved and dims == (*range(2, rank), 1):
            return False, None, None
        return False, config, None

    def _given(self, edge: Edge, wanted: bool | None) -> KerasTensor:
        value = self.values[id(edge)]
        rank = len(edge.shape)
        if wanted is None or value.is_moved == wanted or rank < 3:
            return value.tensor
        to_first, to_last = (rank - 1, *range(1, rank - 1)), (*range(2, rank), 1)
        end = "last" if wanted else "first"
        name = self._unique(f"{edge.name}_channels_{end}")
        dims = to_last if wanted else to_first
        return layers.Permute(dims, name=name)(value.tensor)

    def _layer(self, call: Call, config: dict, arrange):
        old = call.operation
        key = (id(old), repr(config))
        if key in self._made:
            return self._made[key]
        new = type(old).from_config({**config, "name": self._unique(old.name)})
        self._made[key] = new
        if not isinstance(old, keras.Layer) or not old.weights:
            return new

        def fill(*args, **kwargs):
            output = new(*args, **kwargs)
            for source, target in zip(old.weights, new.weights, strict=True):
                value = keras.ops.convert_to_numpy(source.value)
                target.assign(arrange(value) if arrange else value)
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


def _wants_moved(call: Call, exchange: _Exchange, config: dict) -> bool | None:
    """Whether a call needs its inputs moved, not moved, or takes them as they are."""
    layer = call.operation
    if isinstance(layer, (layers.Flatten, layers.Reshape)) and _is_one_cell(call):
        return None
    if isinstance(layer, layers.Flatten):
        return layer.data_format == _FIRST and exchange.is_any_moved(call)
    if getattr(layer, "data_format", None) == _FIRST:
        return True
    if not exchange.is_any_moved(call):
        return None
    same_rank = len({len(edge.shape) for edge in call.inputs}) == 1
    is_axis = type(layer) in _ONE_AXIS and isinstance(config.get("axis"), int)
    one_kind = (layers.PReLU, layers.SpatialDropout2D)
    known = type(layer) in one_kind or _acts_alone(call) or is_axis
    return bool(known and same_rank)


def _is_one_cell(call: Call) -> bool:
    """Whether a map has one place, so that the order of its axes is all the same."""
    shape = call.inputs[0].shape
    return len(shape) > 2 and all(n == 1 for n in shape[2:])


def _begins_first(graph: Graph, edge: Edge) -> bool:
    """Whether the first layers that care about axes take this input channels first."""
    waiting, seen = [edge], set()
    while waiting:
        current = waiting.pop()
        if id(current) in seen or len(current.shape) < 3:
            continue
        seen.add(id(current))
        for call in graph.consumers(current):
            layer = call.operation
            if isinstance(layer, layers.Flatten):
                continue
            if hasattr(layer, "data_format"):
                return layer.data_format == _FIRST
            axis = getattr(layer, "axis", None)
            if type(layer) in _ONE_AXIS and axis in (1, [1]):
                return True
            if is_pointwise(layer) or is_merge(layer):
                waiting.extend(call.outputs)
    return False


def _acts_alone(call: Call) -> bool:
    """Whether each number of the output depends on that place of the inputs alone."""
    layer = call.operation
    kind = type(layer)
    if kind is layers.Activation:
        return not _is_along_an_axis(layer.activation)
    if kind is layers.Dropout:
        return layer.noise_shape is None
    if kind is layers.Rescaling:
        return np.ndim(layer.scale) == np.ndim(layer.offset) == 0
    if kind in MERGES and kind is not layers.Concatenate:
        return True
    if is_elementwise_operation(layer):
        leaves = tree.flatten((call.args, call.kwargs))
        return all(np.ndim(x) == 0 for x in leaves if not isinstance(x, (Edge, str)))
    return kind in _ALONE


def _is_along_an_axis(activation: Any) -> bool:
    name = getattr(activation, "__name__", type(activation).__name__).lower()
    return name == "prelu" or any(part in name for part in _ALONG_AN_AXIS)


def _check_activation(call: Call) -> None:
    activation = getattr(call.operation, "activation", None)
    if activation is not None and _is_along_an_axis(activation):
        raise ConversionError(
            f"Layer '{call.path}' ({type(call.operation).__name__}) has the channels "
            "first and an activation along the last axis, which is the width there: "
            "it cannot be rewritten to have the channels last.",
            call.path,
        )


def _flatten_format(config: dict, moved: bool) -> dict[str, str]:
    """Flatten(channels_first) reads the channels last: as moved maps are anyway."""
    is_first = config.get("data_format") == _FIRST
    return {"data_format": "channels_last"} if is_first and moved else {}


def _as_cell(call: Call, config: dict):
    """A vector made into a map of one cell, as gates are: with the channels last."""
    shape = call.outputs[0].shape[1:]
    is_cell = type(call.operation) is layers.Reshape and len(shape) == 3
    if is_cell and shape[1:] == (1, 1) and shape[0] != 1:
        return True, {**config, "target_shape": (1, 1, shape[0])}, None
    return False, config, None


def _slopes(config: dict, rank: int):
    """PReLU with its slopes and shared axes exchanged as the map is."""
    shared = config.get("shared_axes") or []
    axes = sorted(_axis_after(axis, rank) for axis in shared) or None
    return {**config, "shared_axes": axes}, lambda value: np.moveaxis(value, 0, -1)


def _axis_after(axis: int, rank: int) -> int:
    """Where an axis stands once the channels are at the end."""
    axis %= rank
    return axis if axis == 0 else rank - 1 if axis == 1 else axis - 1
