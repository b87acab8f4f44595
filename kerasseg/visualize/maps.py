"""The maps that a layer makes of one image."""

from __future__ import annotations

import math

import keras
import matplotlib
import numpy as np
from matplotlib.figure import Figure

from kerasseg.errors import ArgumentError
from kerasseg.inference.image_argument import image_as_array
from kerasseg.layers.integer_arguments import integer
from kerasseg.visualize.canvas import figure_size
from kerasseg.visualize.layer_outputs import layer_outputs, route_to

_TITLE = 0.25  # inches above each map


def feature_maps(
    model: keras.Model,
    image: np.ndarray,
    layer: str | keras.Layer | None = None,
    *,
    count: int = 32,
    shared_scale: bool = False,
    columns: int = 8,
    colormap: str = "viridis",
) -> Figure:
    """Shows the maps that a layer makes of an image, each under its channel's number.

    Where there are more than `count`, those are shown that are most active, which is
    to say whose numbers have the greatest mean magnitude, the most active first.

    Args:
        model: A Functional or Sequential model with one image as its input.
        image: `(height, width, channels)`, `(height, width)` for one channel, in the
            range that the net was trained on. Only the layers up to the one shown
            need take its size.
        layer: A layer, its name, or `"outer/inner"` for a nested one; by default the
            last that puts out a map. Of a shared layer, its first call.
        count: How many maps to show at most, at least 1.
        shared_scale: Whether all maps have one colour scale, shown beside them; else
            each goes from its own least number, dark, to its greatest, bright.
        columns: How many maps in a row, at least 1.
        colormap: Name of a matplotlib colour map.

    Returns:
        The figure.

    Raises:
        ArgumentError: There is no such layer, it puts out no maps, or the image or
            another argument does not fit.

    Example:

    >>> import keras, numpy as np
    >>> net = keras.Sequential([
    ...     keras.Input((16, 16, 1)), keras.layers.Conv2D(4, 3, name="conv")])
    >>> figure = feature_maps(net, np.eye(16), "conv")
    >>> [axes.get_title() for axes in figure.axes]
    ['0', '1', '2', '3']
    """
    _check(count, columns, colormap)
    image = image_as_array(image, model.inputs[0].shape, "image")
    route = route_to(model, layer, image.shape[:2])
    output = layer_outputs(route, image[None])[0]
    if output.ndim != 3:
        raise ArgumentError(
            f"Layer '{route.path}' ({type(route.calls[-1].operation).__name__}) puts "
            f"out no maps (height, width, channels). Received: {output.shape}"
        )
    channels = _most_active(output, count)
    figure = _draw(output, channels, columns, colormap, shared_scale)
    height, width, total = output.shape
    number = f"all {total}" if len(channels) == total else f"{len(channels)} of {total}"
    order = "" if len(channels) == total else ", the most active first"
    title = f"{route.path}: {number} maps of {height}×{width}{order}"
    figure.suptitle(title).set_parse_math(False)
    return figure


def _check(count, columns, colormap):
    for name, value in (("count", count), ("columns", columns)):
        integer(value, name)
    if colormap not in matplotlib.colormaps:
        raise ArgumentError(f"matplotlib has no colour map '{colormap}'.")


def _most_active(output, count):
    """Numbers of the channels to show; of equally active ones the first."""
    if output.shape[-1] <= count:
        return np.arange(output.shape[-1])
    activity = np.abs(output).mean(axis=(0, 1), dtype=np.float64)
    return np.argsort(-activity, kind="stable")[:count]


def _draw(output, channels, columns, colormap, shared_scale):
    columns = min(columns, len(channels))
    rows = math.ceil(len(channels) / columns)
    height, width = output.shape[:2]
    across, down = figure_size(rows * height, columns * width)
    figure = Figure(figsize=(across, down + rows * _TITLE), layout="constrained")
    shown = output[..., channels]
    limits = (shown.min(), shown.max()) if shared_scale else (None, None)
    for index, channel in enumerate(channels, start=1):
        axes = figure.add_subplot(rows, columns, index)
        low, high = limits
        drawn = axes.imshow(output[..., channel], colormap, vmin=low, vmax=high)
        axes.set(xticks=[], yticks=[])
        axes.set_title(str(channel), fontsize=8, pad=2)
    if shared_scale:
        bar = figure.colorbar(drawn, ax=figure.axes, shrink=0.8)
        bar.outline.set_visible(False)
    return figure
