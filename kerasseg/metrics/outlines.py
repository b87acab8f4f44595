"""How well the outlines of classes are met."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from kerasseg.errors import ArgumentError
from kerasseg.ignored_labels import IgnoreClass
from kerasseg.metrics.boundaries import boundary_pixels, distance_to
from kerasseg.metrics.label_maps import check_label_maps, valid_pixels

TOLERANCE = 0.0075


@dataclass(frozen=True)
class BoundaryScores:
    """Boundary F1 of one image.

    Attributes:
        mean: The mean over the classes of the image, `None` if it has none.
        f1: By class, for the classes that occur.
        precision: By class: predicted outline that is close to true outline, 0…1.
        recall: By class: true outline that is close to predicted outline, 0…1.
    """

    mean: float | None
    f1: Mapping[int, float]
    precision: Mapping[int, float]
    recall: Mapping[int, float]


def boundary_f1(
    y_true: np.ndarray,
    y_pred: np.ndarray,
    tolerance: float = TOLERANCE,
    ignore_class: IgnoreClass = None,
    at_ignored: bool = False,
) -> BoundaryScores:
    """F1 of the outlines of each class, which may be off by a few pixels.

    The measure of Csurka et al. 2013, "What is a good evaluation measure for semantic
    segmentation?", as used on CamVid by SegNet (https://arxiv.org/abs/1511.00561):
    0.75 % of the diagonal are 4.5 pixels at 360×480. The outline of a class is its
    pixels beside another class. For a data set take the mean over images, by
    `MeanOverImages`.

    Args:
        y_true: `(height, width)` class ids.
        y_pred: `(height, width)` class ids.
        tolerance: How far an outline may be off, as a share of the image's diagonal.
        ignore_class: Pixels that carry it in `y_true` do not count, in both maps.
        at_ignored: Whether a class has an outline at ignored pixels, too. True for
            VOC, whose ignored pixels are the outlines.

    Returns:
        The scores of the classes that occur in either map, and their mean. A class
        that has an outline in one map alone has 0; one that has none in either has 1
        if it fills both, else 0.

    Raises:
        ArgumentError: The maps differ in size or are no integers, or the tolerance is
            negative.

    Example:

    >>> import numpy as np
    >>> true, close = np.zeros((2, 40, 30), int)
    >>> true[:, 15:], close[:, 16:] = 1, 1  # the diagonal has 50 pixels
    >>> boundary_f1(true, close, tolerance=0.02).mean
    1.0
    >>> boundary_f1(true, close, tolerance=0.01).mean
    0.0
    """
    true, predicted = check_label_maps(y_true=y_true, y_pred=y_pred)
    if not tolerance >= 0:
        raise ArgumentError(
            f"tolerance must be at least 0. Received: tolerance={tolerance!r}"
        )
    valid = valid_pixels(true, ignore_class)
    reach = tolerance * np.hypot(*true.shape)
    found = {
        int(label): _class_scores(
            *(true == label, predicted == label, valid, reach, at_ignored)
        )
        for label in np.union1d(true[valid], predicted[valid])
    }
    precision, recall, f1 = (
        {label: scores[part] for label, scores in found.items()} for part in range(3)
    )
    mean = float(np.mean(list(f1.values()))) if f1 else None
    return BoundaryScores(mean, f1, precision, recall)


def _class_scores(true, predicted, valid, reach, at_ignored):
    true_outline = boundary_pixels(true, valid, at_ignored)
    outline = boundary_pixels(predicted, valid, at_ignored)
    if not true_outline.any() and not outline.any():
        alike = float((true & valid).any() and (predicted & valid).any())
        return alike, alike, alike
    precision = _share_within(outline, true_outline, reach)
    recall = _share_within(true_outline, outline, reach)
    both = precision + recall
    return precision, recall, 2 * precision * recall / both if both else 0.0


def _share_within(pixels, others, reach):
    """Of the pixels, those that have one of the others within reach."""
    if not pixels.any():
        return 0.0
    return float((distance_to(others)[pixels] <= reach).mean())
