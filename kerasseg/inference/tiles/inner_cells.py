"""Which scores of a tile are those of the whole image, and on which grid tiles stand.

`receptive_field` describes maps whose cells all see boxes of one form. The decoder of a
segmentation net has none: how far its cells look depends on where they stand on the
grid of the coarsest map. So the tile is followed through the net, cell by cell along
each axis, and every cell is marked that a border of the tile has touched: by padding,
by a begun window, by an interpolation that found no neighbour.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from fractions import Fraction

import keras
import numpy as np
from keras import layers

from kerasseg.errors import GeometryError
from kerasseg.graph import Call, Graph
from kerasseg.inference.tiles.cells_read import (
    Read,
    read_by_interpolation,
    read_by_transposition,
    read_by_window,
)
from kerasseg.layer_kinds import (
    global_pooling,
    is_flattening,
    is_merge,
    is_pointwise,
    works_on_channels,
)
from kerasseg.layers import (
    AdaptiveAveragePooling2D,
    AdaptiveMaxPooling2D,
    BedOfNailsUpSampling2D,
    CheckSize2D,
    CropToCommon2D,
    CropToMatch2D,
    MaxUnpooling2D,
    PadToMultiple2D,
    Resize2D,
    SpatialPyramidPooling2D,
    SpreadOverMap2D,
)
from kerasseg.windows import Window, padding_of, window_of

_WHOLE_MAP = (
    AdaptiveAveragePooling2D,
    AdaptiveMaxPooling2D,
    SpatialPyramidPooling2D,
    layers.Permute,
)
_SAME_PLACES = (CheckSize2D, CropToCommon2D, PadToMultiple2D)


@dataclass(frozen=True)
class Axis:
    """The cells of a map along one axis.

    Attributes:
        inner: `(cells,)`, whether each is what it would be in a larger image.
        stride: Pixels between neighbouring cells.
        period: Pixels by which the image may move so that all maps move whole cells.
    """

    inner: np.ndarray
    stride: Fraction = Fraction(1)
    period: int = 1


@dataclass(frozen=True)
class Cells:
    """Both axes of a map.

    Attributes:
        y: The rows; `None` for what has no places, as behind a global pooling.
        x: The columns, likewise.
        whole: The layer through which every cell also depends on the whole image.
    """

    y: Axis | None
    x: Axis | None
    whole: str | None = None


def inner_cells(graph: Graph) -> Cells:
    """The cells of the output of a graph with one image and one output.

    Args:
        graph: From `flatten_model` with the size of the tile.

    Raises:
        GeometryError: It is not known what a layer reads; the message names it.
    """
    (image,) = graph.flat_inputs
    axes = [Axis(np.ones(length, bool)) for length in image.shape[1:3]]
    known: dict[int, Cells | None] = {id(image): Cells(*axes)}
    for call in graph.calls:
        given = [known.get(id(edge)) for edge in call.inputs]
        result = _after(call, given)
        known.update({id(edge): result for edge in call.outputs})
    return known[id(graph.flat_outputs[0])]


def _after(call: Call, given: list[Cells | None]) -> Cells | None:
    operation, kind = call.operation, type(call.operation)
    if kind in (CropToMatch2D, Resize2D):
        given = given[:1]  # of the second map only the size counts
    if kind is MaxUnpooling2D:
        given = given[:2]
    present = [cells for cells in given if cells is not None]
    if not present:
        return None
    whole = next((cells.whole for cells in present if cells.whole), None)
    if kind is SpreadOverMap2D:
        return replace(present[-1], whole=whole or call.path)
    placed = [cells for cells in present if cells.y is not None]
    if not placed:
        return Cells(None, None, whole)
    if kind in _WHOLE_MAP or global_pooling(operation) or is_flattening(operation):
        return Cells(None, None, whole or call.path)
    if kind is layers.GroupNormalization:
        return replace(placed[0], whole=whole or call.path)
    y = _along(call, [cells.y for cells in placed], 0)
    x = _along(call, [cells.x for cells in placed], 1)
    return Cells(y, x, whole)


def _along(call: Call, axes: list[Axis], i: int) -> Axis:
    """One axis behind a call, 0 for y and 1 for x."""
    new = call.outputs[0].shape[1 + i]
    old = _union(call, axes, new)
    operation = call.operation
    if (
        is_merge(operation)
        or is_pointwise(operation)
        or type(operation) in _SAME_PLACES
    ):
        if not works_on_channels(operation, 4):
            raise _unknown(call, "it works along rows or columns")
        return replace(old, inner=_fitted(old.inner, new))
    read = _read(call, old, i, new)
    stride = old.stride * read.stride
    period = math.lcm(old.period, stride.numerator)
    return Axis(read.inner(old.inner), stride, period)


def _union(call: Call, axes: list[Axis], length: int) -> Axis:
    first = axes[0]
    if len(axes) == 1:
        return first
    if len({axis.stride for axis in axes}) > 1:
        raise _unknown(call, "it joins maps of different strides")
    inner = np.all([_fitted(axis.inner, length) for axis in axes], axis=0)
    if type(call.operation) is MaxUnpooling2D:  # its two maps are smaller than it
        inner = axes[0].inner & axes[1].inner
    return Axis(inner, first.stride, math.lcm(*(axis.period for axis in axes)))


def _fitted(inner: np.ndarray, length: int) -> np.ndarray:
    """Cut off at the end, or with cells added there that the border has made."""
    missing = max(length - len(inner), 0)
    return np.pad(inner[:length], (0, missing), constant_values=False)


def _read(call: Call, axis: Axis, i: int, new: int) -> Read:
    """Which cells each of the `new` cells behind a layer reads."""
    operation, kind = call.operation, type(call.operation)
    old = len(axis.inner)
    window = window_of(operation)
    if window is not None:
        distance = (window.kernel_size[i] - 1) * window.dilation_rate[i]
        before, _ = padding_of(window, i, old)
        return read_by_window(new, distance + 1, window.strides[i], before)
    if kind is CropToMatch2D:
        cut = (old - new) // 2 if operation.offset is None else operation.offset[i]
        return read_by_window(new, 1, 1, -cut)
    if kind is MaxUnpooling2D:
        window = _pooling(operation)
        before, _ = padding_of(window, i, new)
        kernel = window.kernel_size[i]
        return read_by_transposition(new, kernel, window.strides[i], before)
    if kind is BedOfNailsUpSampling2D or _enlarges(operation, "nearest"):
        return read_by_transposition(new, operation.size[i], operation.size[i], 0)
    if _enlarges(operation, "bilinear"):
        return read_by_interpolation(new, Fraction(operation.size[i]))
    if kind is layers.Conv2DTranspose and operation.output_padding is None:
        stride, rate = operation.strides[i], operation.dilation_rate[i]
        kernel = (operation.kernel_size[i] - 1) * rate + 1
        before = max(kernel - stride, 0) // 2 if operation.padding == "same" else 0
        return read_by_transposition(new, kernel, stride, before)
    if kind is Resize2D and operation.align_corners:
        factor = Fraction(max(new - 1, 1), max(old - 1, 1))
        return read_by_interpolation(new, factor, from_corner=True)
    if kind is Resize2D:
        return read_by_interpolation(new, Fraction(new, old))
    raise _unknown(call, "nothing says which cells it reads")


def _pooling(operation: MaxUnpooling2D) -> Window:
    return Window(operation.pool_size, operation.strides, (1, 1), operation.padding)


def _enlarges(operation: keras.Operation, interpolation: str) -> bool:
    is_upsampling = type(operation) is layers.UpSampling2D
    return is_upsampling and operation.interpolation == interpolation


def _unknown(call: Call, why: str) -> GeometryError:
    kind = type(call.operation).__name__
    return GeometryError(
        f"How far layer '{call.path}' ({kind}) looks is not known: {why}.", call.path
    )
