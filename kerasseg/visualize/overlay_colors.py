"""Colours that show on a photo."""

from __future__ import annotations

import numpy as np

from kerasseg.visualize.labels import distinct_colors

IGNORED_COLOR = 224, 224, 192
"""Of pixels that do not count, as PASCAL VOC shows them."""


def overlay_colors(colors: np.ndarray) -> np.ndarray:
    """Colours to lay over a photo, where a data set has those of its masks.

    Masks of two classes are often black and white. Laid over a photo these make it
    darker or brighter, which is easily overlooked; so where all are grey, others are
    taken.

    Args:
        colors: `(classes, 3)` uint8.

    Returns:
        `(classes, 3)` uint8.
    """
    colors = np.asarray(colors, np.uint8)
    if np.any(colors != colors[:, :1]):
        return colors
    return np.rint(255 * distinct_colors(len(colors))).astype(np.uint8)
