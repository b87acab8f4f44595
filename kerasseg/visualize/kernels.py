"""The kernels of a convolution as pictures."""

from __future__ import annotations

import math

import keras
import numpy as np
from keras import layers, ops
from matplotlib.figure import Figure

from kerasseg.errors import ArgumentError
from kerasseg.graph import flatten_model
from kerasseg.layers.integer_arguments import integer
from kerasseg.visualize.canvas import figure_size

_CONVOLUTIONS = (
    layers.Conv2D,
    layers.Conv2DTranspose,
    layers.DepthwiseConv2D,
    layers.SeparableConv2D,
)
_BETWEEN = "#9ecae1"  # no grey, so that no weight is taken for a gap


def filters(
    model: keras.Model,
    layer: str | keras.Layer,
    *,
    count: int = 32,
    max_inputs: int = 16,
    shared_scale: bool = False,
    columns: int = 8,
) -> Figure:
    """Shows the kernels of a convolution: what each of its filters looks for.

    Mid-grey stands for zero, lighter for positive and darker for negative weights.
    Filters on three channels are shown in colour (red and blue exchanged where the net
    reads BGR, as `zoo.VGG16` does), those on one channel in grey; for any other number
    each filter is a row, with a square for every input channel.

    Args:
        model: A Functional or Sequential model.
        layer: A `Conv2D`, `Conv2DTranspose`, `DepthwiseConv2D` or `SeparableConv2D`
            (of which the depthwise kernels are shown), its name, or `"outer/inner"`.
        count: How many filters to show at most, from the first on, at least 1.
        max_inputs: How many input channels of each, where there are not one or three.
        shared_scale: Whether one scale serves all filters, so that weak ones stay
            pale; else each is stretched to its own largest magnitude.
        columns: How many filters in a row, where each is one picture.

    Returns:
        The figure.

    Raises:
        ArgumentError: There is no such layer, it has no kernel to show, or a number is
            below 1.

    Example:

    >>> import keras
    >>> net = keras.Sequential([
    ...     keras.Input((16, 16, 3)), keras.layers.Conv2D(4, 3, name="conv")])
    >>> figure = filters(net, "conv")
    >>> [axes.get_title() for axes in figure.axes]
    ['0', '1', '2', '3']
    """
    given = {"count": count, "max_inputs": max_inputs, "columns": columns}
    for name, value in given.items():
        integer(value, name)
    call = flatten_model(model).find(layer)
    kernel = _kernel(call)
    pictures = _pictures(kernel[..., :count], shared_scale)
    height, width, inputs, total = kernel.shape
    if inputs in (1, 3):
        figure = _draw_panels(pictures, columns)
    else:
        figure = _draw_rows(pictures[..., :max_inputs])
    shown = min(count, total)
    number = f"all {total}" if shown == total else f"{shown} of {total}"
    title = f"{call.path}: {number} filters of {height}×{width} on {inputs} channel"
    figure.suptitle(title + "s" * (inputs != 1)).set_parse_math(False)
    return figure


def _kernel(call):
    """The kernel as `(height, width, input channels of one filter, filters)`."""
    layer = call.operation
    if not isinstance(layer, _CONVOLUTIONS):
        raise ArgumentError(
            f"Layer '{call.path}' ({type(layer).__name__}) has no kernel to show; a "
            f"layer of {', '.join(kind.__name__ for kind in _CONVOLUTIONS)} has."
        )
    if isinstance(layer, (layers.DepthwiseConv2D, layers.SeparableConv2D)):
        name = "kernel" if hasattr(layer, "kernel") else "depthwise_kernel"
        kernel = _as_array(getattr(layer, name))
        return kernel.reshape(*kernel.shape[:2], 1, -1)
    kernel = _as_array(layer.kernel)
    is_transposed = isinstance(layer, layers.Conv2DTranspose)
    return kernel.swapaxes(2, 3) if is_transposed else kernel


def _as_array(variable):
    return np.asarray(ops.convert_to_numpy(variable), np.float32)


def _pictures(kernel, shared_scale):
    """`(filters, height, width, inputs)` in [0, 1], where 0.5 is a weight of zero."""
    axes = None if shared_scale else (0, 1, 2)
    largest = np.abs(kernel).max(axis=axes, keepdims=True)
    pictures = 0.5 + 0.5 * kernel / np.where(largest > 0, largest, 1)
    return np.moveaxis(pictures, -1, 0)


def _draw_panels(pictures, columns):
    columns = min(columns, len(pictures))
    rows = math.ceil(len(pictures) / columns)
    height, width = pictures.shape[1:3]
    across, down = figure_size(rows * height, columns * width)
    figure = Figure(figsize=(across, down + 0.25 * rows), layout="constrained")
    for index, picture in enumerate(pictures):
        axes = figure.add_subplot(rows, columns, index + 1)
        axes.imshow(picture, cmap="gray", vmin=0, vmax=1)
        axes.set(xticks=[], yticks=[])
        axes.set_title(str(index), fontsize=8, pad=2)
    return figure


def _draw_rows(pictures):
    """One row for each filter, one column for each input channel, blue between."""
    count, height, width, inputs = pictures.shape
    sheet = np.pad(pictures, [(0, 0), (0, 1), (0, 1), (0, 0)], constant_values=np.nan)
    # (filters, height + 1, width + 1, inputs): a line below and right of each
    sheet = sheet.transpose(0, 1, 3, 2).reshape(count * (height + 1), -1)
    figure = Figure(figsize=figure_size(*sheet.shape), layout="constrained")
    axes = figure.add_subplot()
    axes.imshow(sheet, cmap="gray", vmin=0, vmax=1)
    axes.set_facecolor(_BETWEEN)  # shows where the sheet is NaN
    axes.set_xticks(np.arange(inputs) * (width + 1) + (width - 1) / 2, range(inputs))
    axes.set_yticks(np.arange(count) * (height + 1) + (height - 1) / 2, range(count))
    axes.tick_params(length=0, labelsize=7)
    axes.spines[:].set_visible(False)
    axes.set(xlabel="input channel", ylabel="filter")
    return figure
