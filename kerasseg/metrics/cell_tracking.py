"""The segmentation measure of the Cell Tracking Challenge."""

from __future__ import annotations

import numpy as np

from kerasseg.metrics.label_maps import check_label_maps
from kerasseg.metrics.overlaps import find_object_overlaps


def seg_of_objects(y_true: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
    """Jaccard index of each true object with the predicted one that covers it.

    A predicted object matches a true one if it covers more than half of its pixels;
    there is one at most. https://doi.org/10.1093/bioinformatics/btu080

    Args:
        y_true: `(height, width)` instance ids, 0 the background.
        y_pred: `(height, width)` instance ids, 0 the background.

    Returns:
        `(objects,)` in the order of the true ids: intersection over union with the
        match, 0 without. The challenge takes the mean over the objects of all images:
        concatenate these.

    Raises:
        ArgumentError: The maps differ in size or are no integers.

    Example:

    >>> import numpy as np
    >>> true = np.array([[1, 1, 1, 0, 2, 2]])
    >>> seg_of_objects(true, np.array([[3, 3, 3, 3, 3, 0]]))
    array([0.6, 0. ])
    """
    true, predicted = check_label_maps(y_true=y_true, y_pred=y_pred)
    overlaps = find_object_overlaps(true, predicted)
    scores = np.zeros(len(overlaps.true_ids))
    covers = 2 * overlaps.shared > overlaps.true_areas[overlaps.true]
    scores[overlaps.true[covers]] = overlaps.ious()[covers]
    return scores


def seg_measure(y_true: np.ndarray, y_pred: np.ndarray) -> float | None:
    """SEG of the Cell Tracking Challenge: the mean of `seg_of_objects`.

    https://doi.org/10.1093/bioinformatics/btu080

    Args:
        y_true: `(height, width)` instance ids, 0 the background.
        y_pred: `(height, width)` instance ids, 0 the background.

    Returns:
        0…1, or `None` if there is no true object. Predicted objects that match none
        cost nothing here; `average_precision` counts them.

    Raises:
        ArgumentError: The maps differ in size or are no integers.

    Example:

    >>> import numpy as np
    >>> true = np.array([[1, 1, 1, 0, 2, 2]])
    >>> seg_measure(true, np.array([[3, 3, 3, 3, 3, 0]]))
    0.3
    """
    scores = seg_of_objects(y_true, y_pred)
    return float(scores.mean()) if len(scores) else None
