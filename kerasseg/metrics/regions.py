"""How well two partitions of an image into regions agree, whatever their numbers."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from kerasseg.metrics.label_maps import check_label_maps, valid_pixels
from kerasseg.metrics.overlaps import find_overlaps


class RandError(NamedTuple):
    """1 - F1 of the pairs of pixels, and what it is made of; each 0…1."""

    error: float
    precision: float
    recall: float


class Variation(NamedTuple):
    """Variation of information in bits, in its two parts; each at least 0."""

    split: float  # what the prediction cuts that belongs together
    merge: float  # what it joins that belongs apart

    @property
    def total(self) -> float:
        return self.split + self.merge


def adapted_rand_error(
    y_true: np.ndarray, y_pred: np.ndarray, ignore_label: int | None = 0
) -> RandError | None:
    """Adapted Rand error: of pairs of pixels, which are together in one map alone.

    The measure of the ISBI 2012 challenge, https://doi.org/10.3389/fnana.2015.00142.

    Args:
        y_true: `(height, width)` region numbers.
        y_pred: `(height, width)` region numbers; need not be the same numbers.
        ignore_label: Pixels that carry it in `y_true` do not count, such as the
            membranes between cells; `None` if all count.

    Returns:
        The error with precision and recall (scikit-image has these two names the other
        way round; an object split in two has a precision of 1 here): of the pairs of
        pixels that the prediction puts together, those that belong together, and of
        those that belong together, those it puts together. Where there is no such pair
        at all, nothing is wrong: it is 1. `None` if no pixel counts.

    Raises:
        ArgumentError: The maps differ in size or are no integers.

    Example:

    >>> import numpy as np
    >>> error = adapted_rand_error(np.array([[1, 1, 2, 2]]), np.array([[5, 5, 5, 7]]))
    >>> [round(value, 3) for value in error]  # pairs: 2 true, 3 predicted, 1 in both
    [0.6, 0.333, 0.5]
    """
    overlaps = _overlaps(y_true, y_pred, ignore_label)
    if overlaps is None:
        return None
    both, true, predicted = (
        int(counts @ counts - counts.sum())
        for counts in (overlaps.shared, overlaps.true_areas, overlaps.predicted_areas)
    )
    f1 = 2 * both / (true + predicted) if true + predicted else 1.0
    return RandError(
        1 - f1,
        both / predicted if predicted else 1.0,
        both / true if true else 1.0,
    )


def variation_of_information(
    y_true: np.ndarray, y_pred: np.ndarray, ignore_label: int | None = None
) -> Variation | None:
    """Variation of information: what one map leaves open about the other.

    Meilă 2007, https://doi.org/10.1016/j.jmva.2006.11.013.

    Args:
        y_true: `(height, width)` region numbers.
        y_pred: `(height, width)` region numbers; need not be the same numbers.
        ignore_label: Pixels that carry it in `y_true` do not count; `None` if all
            count.

    Returns:
        `split`, the entropy of the prediction where the truth is known, and `merge`,
        that of the truth where the prediction is known, in bits; `None` if no pixel
        counts.

    Raises:
        ArgumentError: The maps differ in size or are no integers.

    Example:

    >>> import numpy as np
    >>> variation_of_information(np.array([[1, 1, 2, 2]]), np.array([[3, 4, 5, 5]]))
    Variation(split=0.5, merge=0.0)
    """
    overlaps = _overlaps(y_true, y_pred, ignore_label)
    if overlaps is None:
        return None
    pixels = overlaps.shared.sum()
    log_shared = np.log2(overlaps.shared)
    split, merge = (
        float(overlaps.shared @ (np.log2(areas[index]) - log_shared) / pixels)
        for areas, index in (
            (overlaps.true_areas, overlaps.true),
            (overlaps.predicted_areas, overlaps.predicted),
        )
    )
    return Variation(split, merge)


def _overlaps(y_true, y_pred, ignore_label):
    true, predicted = check_label_maps(y_true=y_true, y_pred=y_pred)
    valid = valid_pixels(true, ignore_label)
    return find_overlaps(true[valid], predicted[valid]) if valid.any() else None
