"""What a net makes of a tile of one size: how much it gives, and what is exact."""

from __future__ import annotations

import weakref
from dataclasses import dataclass

import keras
import numpy as np

from kerasseg.errors import ArgumentError, GeometryError
from kerasseg.graph import flatten_model
from kerasseg.inference.tiles.inner_cells import Axis, inner_cells

# A folder of photos asks for the same few sizes again and again.
_KNOWN: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()
_SIZES_TO_KEEP = 1000

_MORE = 960  # pixels: a multiple of nearly every period


@dataclass(frozen=True)
class TileAxis:
    """A tile along one axis. All in pixels; a score counts as one.

    Attributes:
        length: Of the tile.
        given: Scores that the net gives for it.
        period: What the begins of tiles must be multiples of.
        head: Scores at the begin that the border of the tile has touched, or `None`
            if all are or it is not known.
        tail: Scores at the end, likewise.
    """

    length: int
    given: int
    period: int = 1
    head: int | None = None
    tail: int | None = None

    @property
    def lost(self) -> int:
        """How many pixels less the net gives than it takes."""
        return self.length - self.given


@dataclass(frozen=True)
class Tile:
    """A tile of one size.

    Attributes:
        y, x: Its axes.
        classes: Scores that the net gives for a pixel.
        whole: The layer through which every score depends on the whole image, if any.
        unknown: Why the geometry is not known, if it is not.
    """

    y: TileAxis
    x: TileAxis
    classes: int
    whole: str | None = None
    unknown: str | None = None


def examine(model: keras.Model, size: tuple[int, int]) -> Tile | None:
    """Follows a tile through a net, symbolically.

    Args:
        model: A net from one image to one map.
        size: Height and width of the tile.

    Returns:
        The tile, or `None` if the net does not take this size.

    Raises:
        ArgumentError: The net gives something else than a score for every pixel.
    """
    known = _KNOWN.setdefault(model, {})
    key = (*size, len(model.layers))  # as layers can be added to a Sequential
    if key not in known:
        if len(known) >= _SIZES_TO_KEEP:
            known.clear()
        known[key] = _examine(model, size)
    return known[key]


def _examine(model: keras.Model, size: tuple[int, int]) -> Tile | None:
    channels = model.inputs[0].shape[-1]
    try:
        shape = model.compute_output_shape((1, *size, channels))
    except (ValueError, TypeError):  # sizes that a layer refuses, or that cannot be
        return None
    if len(shape) != 4 or shape[-1] is None:
        raise ArgumentError(
            f"Model '{model.name}' must give a map (batch, height, width, classes). "
            f"Received: output of shape {tuple(shape)}"
        )
    if min(shape[1:3]) < 1:
        return None
    axes = [TileAxis(n, m) for n, m in zip(size, shape[1:3], strict=True)]
    try:
        cells = inner_cells(flatten_model(model, size))
    except (ArgumentError, GeometryError) as error:
        _check_growth(model, axes)
        return Tile(*axes, shape[-1], unknown=str(error))
    if cells.y is None:
        _check_growth(model, axes)
        return Tile(*axes, shape[-1], whole=cells.whole)
    y, x = (
        _axis(model, axis, n) for axis, n in zip((cells.y, cells.x), size, strict=True)
    )
    return Tile(y, x, shape[-1], cells.whole)


def _axis(model: keras.Model, axis: Axis, length: int) -> TileAxis:
    if axis.stride != 1 or len(axis.inner) > length:
        raise _sparse(model, axis.stride, TileAxis(length, len(axis.inner)))
    head = tail = None
    if axis.inner.any():
        head, tail = (int(np.argmax(cells)) for cells in (axis.inner, axis.inner[::-1]))
    return TileAxis(length, len(axis.inner), axis.period, head, tail)


def _check_growth(model: keras.Model, axes: list[TileAxis]) -> None:
    """Refuses a net whose map does not grow by a score with every pixel.

    For nets whose layers do not tell how many pixels lie between their scores. A begun
    window makes a map a little smaller or larger.
    """
    grown = _map_size(model, [axis.length + _MORE for axis in axes])
    for i, axis in enumerate(axes):
        if grown is None:  # the net takes this size alone
            stride = axis.length / axis.given
            is_dense = stride == 1 or stride % 1 != 0
        else:
            gained = grown[i] - axis.given
            stride = _MORE / gained if gained > 0 else None
            is_dense = stride is not None and 0.75 < stride < 1.25
        if not is_dense or axis.given > axis.length:
            raise _sparse(model, stride, axis)


def _map_size(model: keras.Model, size: list[int]) -> tuple[int, int] | None:
    """Height and width of the map of an image, even where the input is of another."""
    unfit = ArgumentError, GeometryError, ValueError, TypeError
    try:
        shape = flatten_model(model, tuple(size)).flat_outputs[0].shape
    except unfit:  # code, say, which Keras can still try out
        try:
            shape = model.compute_output_shape((1, *size, model.inputs[0].shape[-1]))
        except unfit:
            return None
    return None if None in shape[1:3] else tuple(shape[1:3])


def _sparse(model: keras.Model, stride, axis: TileAxis) -> ArgumentError:
    distance = "a score for every "
    distance += f"{float(stride):.3g} pixels, " if stride else "image as many scores, "
    return ArgumentError(
        f"Model '{model.name}' gives {distance}{axis.given} for {axis.length}; tiles "
        "are for nets with one for every pixel. predict_heatmap is for the others."
    )
