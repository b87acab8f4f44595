"""Weights behind a Flatten, of models whose maps had the channels first.

Their rows follow (channels, height, width). An architecture with the channels last
flattens its maps as (height, width, channels): the same weights, in another order.
"""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

import keras
import numpy as np
from keras import layers

from kerasseg.errors import ArgumentError, FileError
from kerasseg.graph import Call, flatten_model
from kerasseg.layer_kinds import is_flattening

Size = tuple[int, int, int]


def flattened_maps(model: keras.Model, path: Path) -> dict[int, Size]:
    """The map whose numbers a weight takes in a row, (height, width, channels).

    Args:
        model: A model that has the channels last.
        path: The file of its weights, for errors.

    Returns:
        The sizes, for those weights that take such numbers, by `id`.

    Raises:
        FileError: What is flattened is joined or given another shape.
    """
    try:
        calls = flatten_model(model).calls
    except ArgumentError as error:
        raise FileError(path, f"has the channels first. {error}") from error
    flat: dict[int, Size] = {}
    found: dict[int, Size] = {}
    for call in calls:
        size = None
        if is_flattening(call.operation):
            size = _flattened_by(call, path) or flat.get(id(call.inputs[0]))
        elif any(id(edge) in flat for edge in call.inputs):
            size = _size_before(call, flat, path)
            _note_weights(call, size, found, path)
        if size is not None and type(call.operation) is not layers.Dense:
            flat.update({id(edge): size for edge in call.outputs})
    return found


def rows_of_channels_last(value: np.ndarray, size: Size) -> np.ndarray:
    """A weight whose rows followed (channels, height, width), in the other order."""
    height, width, channels = size
    rows = value.reshape(channels, height, width, -1)
    return rows.transpose(1, 2, 0, 3).reshape(value.shape)


def _flattened_by(call: Call, path: Path) -> Size | None:
    shape = call.inputs[0].shape
    if len(shape) != 4 or shape[1:3] == (1, 1):
        return None
    if getattr(call.operation, "data_format", None) == "channels_first":
        _refuse(call, path)
    return tuple(shape[1:])


def _size_before(call: Call, flat: dict[int, Size], path: Path) -> Size:
    sizes = {flat.get(id(edge)) for edge in call.inputs}
    stays = call.outputs[0].shape == call.inputs[0].shape and len(sizes) == 1
    is_dense = type(call.operation) is layers.Dense
    if len(call.inputs[0].shape) != 2 or not (stays or is_dense):
        _refuse(call, path)
    return sizes.pop()


def _note_weights(call: Call, size: Size, found: dict[int, Size], path: Path) -> None:
    for weight in getattr(call.operation, "weights", ()):
        takes_all = bool(weight.shape) and weight.shape[0] == np.prod(size)
        if takes_all and found.setdefault(id(weight), size) != size:
            _refuse(call, path)


def _refuse(call: Call, path: Path) -> NoReturn:
    raise FileError(
        path,
        "was saved by a model that had the channels first, and layer "
        f"'{call.path}' takes what it flattened in a way that cannot be brought into "
        "another order. Pass the architecture with the channels first",
    )
