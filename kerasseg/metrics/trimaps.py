"""How right the pixels are that lie near boundaries."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kerasseg.errors import ArgumentError
from kerasseg.ignored_labels import IgnoreClass
from kerasseg.metrics.boundaries import distance_to, label_boundaries
from kerasseg.metrics.counted_matrix import count_confusion, measure_confusion
from kerasseg.metrics.label_maps import check_label_maps, valid_pixels


def trimap_confusion(
    y_true: np.ndarray,
    y_pred: np.ndarray,
    radii: Sequence[float],
    classes: int,
    ignore_class: IgnoreClass = None,
    at_ignored: bool = False,
) -> np.ndarray:
    """Confusion matrices of the pixels near the true boundaries.

    Those of several images add up; `trimap_measure` reads them.

    Args:
        y_true: `(height, width)` class ids.
        y_pred: `(height, width)` class ids.
        radii: Widths of the bands in pixels, on each side: a pixel beside another
            class lies in the band of 1, its neighbours in that of 2.
        classes: How many classes.
        ignore_class: Pixels that carry it in `y_true` do not count.
        at_ignored: Whether there is a boundary at ignored pixels, too. True for VOC,
            whose ignored pixels are the outlines.

    Returns:
        `(radii, classes, classes)` int64; rows are the true classes.

    Raises:
        ArgumentError: The maps differ in size, are no integers or hold what is no
            class, or a radius is not positive.

    Example:

    >>> import numpy as np
    >>> true = np.array([[0, 0, 0, 1, 1, 1]])
    >>> trimap_confusion(true, np.zeros_like(true), [1, 2], classes=2).tolist()
    [[[1, 0], [1, 0]], [[2, 0], [2, 0]]]
    """
    true, predicted = check_label_maps(y_true=y_true, y_pred=y_pred)
    bands = _bands(true, valid_pixels(true, ignore_class), radii, at_ignored)
    return np.stack(
        [count_confusion(true[band], predicted[band], classes) for band in bands]
    )


def trimap_measure(
    matrices: np.ndarray, measure: str = "pixel_accuracy"
) -> list[float | None]:
    """Reads one number for each band.

    Args:
        matrices: `(radii, classes, classes)` of `trimap_confusion`, of one image or
            summed over several.
        measure: As for `ConfusionMatrix`.

    Returns:
        The measure by band; `None` for a band without pixels.

    Raises:
        ArgumentError: There is no such measure.

    Example:

    >>> import numpy as np
    >>> trimap_measure(np.array([[[3, 1], [0, 4]], [[0, 0], [0, 0]]]))
    [0.875, None]
    """
    return [measure_confusion(matrix, measure).value for matrix in matrices]


def trimap_accuracy(
    y_true: np.ndarray,
    y_pred: np.ndarray,
    radii: Sequence[float] = (1, 2, 5, 10, 20),
    ignore_class: IgnoreClass = None,
    at_ignored: bool = False,
) -> list[float | None]:
    """Share of the pixels near the true boundaries that are right, in one image.

    Kohli et al. 2009, https://doi.org/10.1007/s11263-008-0202-0. For a data set add up
    what `trimap_confusion` gives, and read it by `trimap_measure`.

    Args:
        y_true: As for `trimap_confusion`.
        y_pred: As for `trimap_confusion`.
        radii: As for `trimap_confusion`.
        ignore_class: As for `trimap_confusion`.
        at_ignored: As for `trimap_confusion`.

    Returns:
        One value for each radius; `None` for all where the image has no boundary.

    Raises:
        ArgumentError: As `trimap_confusion`.

    Example:

    >>> import numpy as np
    >>> true = np.array([[0, 0, 0, 1, 1, 1]])
    >>> trimap_accuracy(true, np.array([[0, 0, 1, 1, 1, 1]]), radii=[1, 2])
    [0.5, 0.75]
    """
    true, predicted = check_label_maps(y_true=y_true, y_pred=y_pred)
    bands = _bands(true, valid_pixels(true, ignore_class), radii, at_ignored)
    right = true == predicted
    return [float(right[band].mean()) if band.any() else None for band in bands]


def _bands(labels, valid, radii, at_ignored):
    """The pixels near boundaries, for each radius."""
    if np.ndim(radii) != 1 or not len(radii) or not min(radii) > 0:
        raise ArgumentError(
            f"radii must be several positive numbers. Received: radii={radii!r}"
        )
    distances = distance_to(label_boundaries(labels, valid, at_ignored))
    return [valid & (distances < radius) for radius in radii]
