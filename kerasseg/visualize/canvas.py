"""What every picture starts from: a photo as RGB, and axes to show it in."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.legend import Legend

from kerasseg.errors import ArgumentError

_LONG_SIDE = 8.0  # inches
_SHORT_SIDE = 1.5  # inches at least, so that a strip of an image leaves room for text


def as_rgb(image: np.ndarray) -> np.ndarray:
    """Any image that can be shown, as `(height, width, 3)` float32 in [0, 1].

    Args:
        image: `(height, width)`, `(height, width, 1)` or `(height, width, 3)`; uint8,
            or any float type with values in [0, 1].

    Returns:
        A new array.

    Raises:
        ArgumentError: The shape, the type or a value is another; NaN included.
    """
    image = np.asarray(image)
    if image.ndim == 2:
        image = image[..., None]
    if image.ndim != 3 or image.shape[-1] not in (1, 3) or image.size == 0:
        raise ArgumentError(
            "image must have shape (height, width), (height, width, 1) or "
            f"(height, width, 3). Received: {image.shape}"
        )
    if image.dtype != np.uint8 and image.dtype.kind != "f":
        raise ArgumentError(
            "image must be uint8, or float with values between 0 and 1. "
            f"Received: {image.dtype}"
        )
    pixels = image.astype(np.float32)
    if image.dtype == np.uint8:
        pixels /= 255
    elif not (pixels.min() >= 0 and pixels.max() <= 1):
        raise ArgumentError(
            "A float image must have values between 0 and 1. Received: values from "
            f"{pixels.min()} to {pixels.max()}"
        )
    return np.repeat(pixels, 3, axis=-1) if image.shape[-1] == 1 else pixels


def show(pixels: np.ndarray, title: str | None, axes: Axes | None) -> Axes:
    """Shows `(height, width, 3)` pixels, in a new figure where no axes are given."""
    if axes is None:
        figure = Figure(figsize=figure_size(*pixels.shape[:2]), layout="constrained")
        axes = figure.add_subplot()
    # Without a frame about whole pixels, a box at the border would shift the view.
    height, width = pixels.shape[:2]
    axes.imshow(pixels, extent=(0, width, height, 0))
    axes.set(xlim=(0, width), ylim=(height, 0))
    axes.set_axis_off()
    if title:
        axes.set_title(title, parse_math=False)  # a name may hold dollar signs
    return axes


def take_literally(legend: Legend) -> None:
    """Shows the names in a legend as they are, dollar signs included."""
    for text in legend.get_texts():
        text.set_parse_math(False)


def figure_size(height: float, width: float) -> tuple[float, float]:
    """Width and height in inches of a figure for a picture of these proportions."""
    scale = _LONG_SIDE / max(height, width)
    return max(width * scale, _SHORT_SIDE), max(height * scale, _SHORT_SIDE)
