"""How often each class occurs in a data set."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class ClassStatistics:
    """Counts over all masks of a data set; pixels of the ignored label stand apart.

    Attributes:
        pixels: `(classes,)` int64, pixels of each class.
        images: `(classes,)` int64, images that hold the class.
        pixels_of_images: `(classes,)` int64, labelled pixels of those images.
        ignored: Pixels of the ignored label.
        samples: Number of masks.

    Example:

    >>> masks = [np.array([[0, 0], [1, 255]]), np.array([[0, 0], [0, 0]])]
    >>> statistics = count_classes(masks, classes=2)
    >>> statistics.pixels.tolist(), statistics.pixels_of_images.tolist()
    ([6, 1], [7, 3])
    """

    pixels: np.ndarray
    images: np.ndarray
    pixels_of_images: np.ndarray
    ignored: int
    samples: int

    @property
    def frequencies(self) -> np.ndarray:
        """`(classes,)` float64, share of each class in the labelled pixels.

        All 0 where no pixel is labelled.
        """
        return self.pixels / max(self.pixels.sum(), 1)


def count_classes(masks: Iterable[np.ndarray], classes: int) -> ClassStatistics:
    """Counts the classes of masks `(height, width)`; ids beyond them are ignored."""
    pixels, images, pixels_of_images = np.zeros((3, classes), np.int64)
    ignored = samples = 0
    for mask in masks:
        inside = mask[(mask >= 0) & (mask < classes)]  # (pixels,)
        counts = np.bincount(inside, minlength=classes)
        pixels += counts
        images += counts > 0
        pixels_of_images += np.where(counts > 0, inside.size, 0)
        ignored += mask.size - inside.size
        samples += 1
    return ClassStatistics(pixels, images, pixels_of_images, ignored, samples)
