"""A heatmap over the image that it is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib
import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from kerasseg.errors import ArgumentError
from kerasseg.visualize.canvas import as_rgb, show

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def overlay_heatmap(
    image: np.ndarray,
    heatmap: np.ndarray,
    class_name: str | None = None,
    *,
    limits: tuple[float, float] | None = None,
    colormap: str = "plasma",
    alpha: float = 0.85,
    colorbar_label: str = "probability",
    axes: Axes | None = None,
) -> Figure:
    """Draws a heatmap over its image, the more opaque the higher the score.

    Cold places show the photo as it is, and so do places where the heatmap is NaN,
    which stands for "no score here".

    Args:
        image: `(height, width)`, `(height, width, 1)` or `(height, width, 3)`; uint8,
            or float in [0, 1].
        heatmap: `(height, width)` scores, of the size of the image.
        class_name: What the heatmap shows, written above the picture.
        limits: The scores that are cold and hot. By default (0, 1) where all scores lie
            there, as probabilities do, else the least and the greatest score.
        colormap: Name of a matplotlib colour map.
        alpha: Opacity of the hottest places, in [0, 1].
        colorbar_label: What the scores are.
        axes: Where to draw; by default a new figure.

    Returns:
        The figure.

    Raises:
        ArgumentError: The sizes differ, or an argument lies outside its range.

    Example:

    >>> import numpy as np
    >>> photo = np.full((40, 60), 0.5)
    >>> figure = overlay_heatmap(photo, np.eye(40, 60), class_name="cat")
    >>> [axes.get_title() for axes in figure.axes]
    ['cat', '']
    """
    pixels, scores = as_rgb(image), _checked(image, heatmap)
    if not 0 <= alpha <= 1:
        raise ArgumentError(f"alpha must lie between 0 and 1. Received: {alpha}")
    if colormap not in matplotlib.colormaps:
        raise ArgumentError(f"matplotlib has no colour map '{colormap}'.")
    low, high = _limits(scores) if limits is None else limits
    if not low <= high:
        raise ArgumentError(f"limits must be (cold, hot). Received: {limits}")
    heat = _heat(scores, low, high)
    color = matplotlib.colormaps[colormap](heat)[..., :3]
    opacity = alpha * heat[..., None]
    blend = pixels * (1 - opacity) + color * opacity
    axes = show(np.clip(blend, 0, 1), class_name, axes)  # rounding may pass 1
    scale = ScalarMappable(Normalize(low, high), colormap)
    bar = axes.figure.colorbar(scale, ax=axes, shrink=0.8, pad=0.02)
    bar.set_label(colorbar_label)
    bar.outline.set_visible(False)
    return axes.figure


def _checked(image, heatmap):
    scores = np.asarray(heatmap, np.float32)
    if scores.shape != np.shape(image)[:2]:
        raise ArgumentError(
            f"heatmap must have the image's size, {np.shape(image)[:2]}. "
            f"Received: {scores.shape}"
        )
    if np.isinf(scores).any():
        raise ArgumentError("heatmap must be finite or NaN. Received: infinite scores")
    return scores


def _limits(scores):
    known = scores[~np.isnan(scores)]
    if known.size == 0 or (known.min() >= 0 and known.max() <= 1):
        return 0.0, 1.0
    return float(known.min()), float(known.max())


def _heat(scores, low, high):
    """Scores as 0, cold, to 1, hot; where all are the same, nothing stands out."""
    span = high - low if high > low else np.inf
    return np.nan_to_num(np.clip((scores - low) / span, 0, 1))
