"""The windows that convolutions, poolings, paddings and croppings slide over a map."""

from __future__ import annotations

from dataclasses import dataclass

import keras
from keras import layers

from kerasseg.graph import Call
from kerasseg.layers import (
    DilatedAveragePooling2D,
    DilatedConv2D,
    DilatedMaxPooling2D,
    MaxPoolingWithIndices2D,
    UnfoldWindows2D,
)

CONVOLUTIONS = (
    layers.Conv2D,
    layers.DepthwiseConv2D,
    layers.SeparableConv2D,
    DilatedConv2D,
)
POOLINGS = (layers.AveragePooling2D, layers.MaxPooling2D)


@dataclass(frozen=True)
class Window:
    """A window slid over a map; every field holds a (y, x) pair.

    Attributes:
        kernel_size: Cells that the window spans, before dilation.
        strides: Cells between one window and the next.
        dilation_rate: Cells between neighbours inside the window.
        padding: `"valid"`, `"same"`, or how many zeros stand before and after:
            `((top, bottom), (left, right))`, negative where cells are cut off.
    """

    kernel_size: tuple[int, int]
    strides: tuple[int, int]
    dilation_rate: tuple[int, int]
    padding: str | tuple[tuple[int, int], tuple[int, int]]


def window_of(operation: keras.Operation) -> Window | None:
    """The window that a convolution, pooling, padding or cropping layer slides.

    Returns:
        The window, or `None` for a layer of another kind.
    """
    kind = type(operation)
    if kind in CONVOLUTIONS:
        return Window(
            tuple(operation.kernel_size),
            tuple(operation.strides),
            tuple(operation.dilation_rate),
            operation.padding,
        )
    if kind in (*POOLINGS, MaxPoolingWithIndices2D):
        return Window(
            tuple(operation.pool_size),
            tuple(operation.strides),
            (1, 1),
            operation.padding,
        )
    if kind in (DilatedAveragePooling2D, DilatedMaxPooling2D):
        rate = operation.dilation_rate
        return Window(operation.pool_size, operation.strides, rate, operation.padding)
    if kind is UnfoldWindows2D:
        rate = operation.dilation_rate
        return Window(operation.window_size, (1, 1), rate, operation.padding)
    if kind is layers.ZeroPadding2D:
        return Window((1, 1), (1, 1), (1, 1), operation.padding)
    if kind is layers.Cropping2D:
        (top, bottom), (left, right) = operation.cropping
        return Window((1, 1), (1, 1), (1, 1), ((-top, -bottom), (-left, -right)))
    return None


def padding_of(window: Window, axis: int, length: int | None) -> tuple[int, int]:
    """Cells added before and behind a map along one axis; negative if cut off.

    `"same"` follows TensorFlow's rule, which Keras keeps on every backend: as many
    zeros as make the output ceil(length / stride) long, the smaller half before.

    Args:
        window: The window.
        axis: 0 for y, 1 for x.
        length: Of the map; `None` counts as divisible by the stride.
    """
    if window.padding == "valid":
        return 0, 0
    if window.padding != "same":
        return window.padding[axis]
    stride = window.strides[axis]
    span = (window.kernel_size[axis] - 1) * window.dilation_rate[axis] + 1
    last = (length - 1) % stride if length is not None else stride - 1
    total = max(span - 1 - last, 0)
    return total // 2, total - total // 2


def covers_map(call: Call) -> bool:
    """Whether a strided window is as large as the whole map it works on.

    Its strides then have nothing to skip, so it counts as moving cell by cell: like a
    global pooling, it is the end of the trunk.
    """
    window = window_of(call.operation)
    if window is None or max(window.strides) == 1 or window.padding != "valid":
        return False
    axes = spatial_axes(getattr(call.operation, "data_format", None))
    lengths = tuple(call.inputs[0].shape[axis] for axis in axes)
    pairs = zip(window.kernel_size, window.dilation_rate, strict=True)
    return lengths == tuple((k - 1) * d + 1 for k, d in pairs) and lengths != (1, 1)


def spatial_axes(data_format: str | None) -> tuple[int, int]:
    """The (y, x) axes of a batch of maps."""
    return (2, 3) if data_format == "channels_first" else (1, 2)
