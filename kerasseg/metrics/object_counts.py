"""Objects as connected parts of a mask, and how many there are."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from scipy import ndimage

from kerasseg.errors import ArgumentError
from kerasseg.metrics.label_maps import check_label_maps


def label_objects(
    mask: np.ndarray, connectivity: int = 1, min_size: int = 1
) -> np.ndarray:
    """Numbers the connected parts of a mask.

    Args:
        mask: `(height, width)`, integers or bool: what is not 0 is object. Parts of
            different values stay apart, so that a map of classes may be given.
        connectivity: 1 if pixels touch by their sides alone, 2 if by corners too.
        min_size: Parts with fewer pixels are dropped.

    Returns:
        `(height, width)` int32: 0 the background, objects from 1 on without gaps.

    Raises:
        ArgumentError: `mask` is no such map, or a number is out of range.

    Example:

    >>> import numpy as np
    >>> label_objects(np.array([[1, 1, 0, 1], [0, 0, 1, 0]]))
    array([[1, 1, 0, 2],
           [0, 0, 3, 0]], dtype=int32)
    """
    (values,) = check_label_maps(mask=mask)
    if connectivity not in (1, 2):
        raise ArgumentError(
            f"connectivity must be 1 or 2. Received: connectivity={connectivity!r}"
        )
    if min_size < 1:
        raise ArgumentError(
            f"min_size must be at least 1. Received: min_size={min_size!r}"
        )
    structure = ndimage.generate_binary_structure(2, connectivity)
    objects = np.zeros(values.shape, np.int32)
    for value in np.unique(values[values != 0]):
        parts, _ = ndimage.label(values == value, structure)
        objects += np.where(parts > 0, parts + objects.max(), 0).astype(np.int32)
    return _without_small(objects, min_size)


def count_objects(mask: np.ndarray, connectivity: int = 1, min_size: int = 1) -> int:
    """Counts the connected parts of a mask.

    Args:
        mask: As for `label_objects`.
        connectivity: As for `label_objects`.
        min_size: As for `label_objects`.

    Returns:
        How many there are.

    Raises:
        ArgumentError: As `label_objects`.

    Example:

    >>> import numpy as np
    >>> mask = np.array([[1, 1, 0, 1], [0, 0, 1, 0]])
    >>> count_objects(mask), count_objects(mask, connectivity=2)
    (3, 1)
    """
    return int(label_objects(mask, connectivity, min_size).max(initial=0))


def mean_count_error(
    true_counts: Iterable[int], predicted_counts: Iterable[int]
) -> float | None:
    """Mean absolute error of the number of objects, over images.

    Args:
        true_counts: True number of objects, one an image.
        predicted_counts: Predicted number, one an image.

    Returns:
        The mean of the absolute differences; `None` if there is no image.

    Raises:
        ArgumentError: There are not as many of the one as of the other.

    Example:

    >>> mean_count_error([10, 4], [12, 4])
    1.0
    """
    true, predicted = list(true_counts), list(predicted_counts)
    if len(true) != len(predicted):
        raise ArgumentError(
            "true_counts and predicted_counts must have one count an image. "
            f"Received: {len(true)} and {len(predicted)} counts"
        )
    if not true:
        return None
    return float(np.abs(np.subtract(true, predicted, dtype=float)).mean())


def _without_small(objects, min_size):
    sizes = np.bincount(objects.ravel(), minlength=1)
    kept = sizes >= min_size
    kept[0] = False
    numbers = np.where(kept, np.cumsum(kept), 0).astype(np.int32)
    return numbers[objects]
