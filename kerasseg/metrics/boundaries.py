"""Where regions of a label map meet, and how far pixels are from there."""

from __future__ import annotations

import numpy as np
from scipy import ndimage


def boundary_pixels(
    region: np.ndarray, valid: np.ndarray, at_ignored: bool = False
) -> np.ndarray:
    """Pixels of a region with one of their four neighbours outside of it.

    Args:
        region: `(height, width)` bool.
        valid: `(height, width)` bool, the pixels that count.
        at_ignored: Whether a neighbour that does not count is outside, too; else it is
            no evidence of a boundary. The image's own border never is.

    Returns:
        `(height, width)` bool.
    """
    region = region & valid
    outside = ~region if at_ignored else ~region & valid
    found = np.zeros(region.shape, bool)
    found[1:] |= outside[:-1]
    found[:-1] |= outside[1:]
    found[:, 1:] |= outside[:, :-1]
    found[:, :-1] |= outside[:, 1:]
    return found & region


def label_boundaries(
    labels: np.ndarray, valid: np.ndarray, at_ignored: bool = False
) -> np.ndarray:
    """Pixels with one of their four neighbours of another label, on both sides.

    Args:
        labels: `(height, width)` integers.
        valid: `(height, width)` bool, the pixels that count.
        at_ignored: As for `boundary_pixels`.

    Returns:
        `(height, width)` bool.
    """
    found = np.zeros(labels.shape, bool)
    for axis in (0, 1):
        first, second = _shifted(labels, axis)
        valid_first, valid_second = _shifted(valid, axis)
        differ = (first != second) & valid_first & valid_second
        if at_ignored:
            differ |= valid_first != valid_second
        below, above = _shifted(found, axis)
        below |= differ
        above |= differ
    return found & valid


def distance_to(pixels: np.ndarray) -> np.ndarray:
    """Euclidean distance of each pixel to the nearest that is set; infinite if none."""
    if not pixels.any():
        return np.full(pixels.shape, np.inf)
    return ndimage.distance_transform_edt(~pixels)


def _shifted(array, axis):
    """Views of all but the last and all but the first row or column."""
    array = np.moveaxis(array, axis, 0)
    return array[:-1], array[1:]
