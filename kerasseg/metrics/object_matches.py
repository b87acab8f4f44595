"""Objects found, missed and invented, at one overlap after another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching

from kerasseg.errors import ArgumentError
from kerasseg.metrics.label_maps import check_label_maps
from kerasseg.metrics.overlaps import find_object_overlaps

THRESHOLDS = tuple(round(0.5 + 0.05 * step, 2) for step in range(10))


@dataclass(frozen=True)
class ObjectMatches:
    """How many objects were found, invented and missed, at each threshold.

    Those of several images add up: `sum(matches, start=ObjectMatches.none())`.

    Attributes:
        thresholds: Of the intersection over union.
        true_positives: `(thresholds,)` true objects with a match.
        false_positives: `(thresholds,)` predicted objects without.
        false_negatives: `(thresholds,)` true objects without.
    """

    thresholds: tuple[float, ...]
    true_positives: np.ndarray
    false_positives: np.ndarray
    false_negatives: np.ndarray

    @classmethod
    def none(cls, thresholds: Sequence[float] = THRESHOLDS) -> ObjectMatches:
        """No object at all, to start a sum with."""
        return cls(tuple(thresholds), *np.zeros((3, len(thresholds)), int))

    def __add__(self, other: ObjectMatches) -> ObjectMatches:
        if self.thresholds != other.thresholds:
            raise ArgumentError(
                "Matches at different thresholds do not add up. "
                f"Received: {self.thresholds} and {other.thresholds}"
            )
        return ObjectMatches(
            self.thresholds,
            self.true_positives + other.true_positives,
            self.false_positives + other.false_positives,
            self.false_negatives + other.false_negatives,
        )

    @property
    def precisions(self) -> np.ndarray:
        """`(thresholds,)` TP / (TP + FP + FN); 1 where there is nothing to find and
        nothing was found."""
        objects = self.true_positives + self.false_positives + self.false_negatives
        return np.where(objects > 0, self.true_positives / np.maximum(objects, 1), 1.0)

    @property
    def mean(self) -> float:
        """The mean of `precisions`."""
        return float(self.precisions.mean())


def match_objects(
    y_true: np.ndarray,
    y_pred: np.ndarray,
    thresholds: Sequence[float] = THRESHOLDS,
) -> ObjectMatches:
    """Matches predicted to true objects whose intersection over union is large enough.

    Above an overlap of one half an object has one match at most. Below, as many
    objects are matched as can be.

    Args:
        y_true: `(height, width)` instance ids, 0 the background.
        y_pred: `(height, width)` instance ids, 0 the background.
        thresholds: The intersection over union must be larger; 0…1.

    Returns:
        The numbers of matches.

    Raises:
        ArgumentError: The maps differ in size or are no integers, or a threshold is
            out of range.

    Example:

    >>> import numpy as np
    >>> true, predicted = np.array([[1, 1, 0, 2]]), np.array([[7, 0, 8, 9]])
    >>> match_objects(true, predicted, [0.4, 0.5]).true_positives
    array([2, 1])
    """
    true, predicted = check_label_maps(y_true=y_true, y_pred=y_pred)
    if not len(thresholds) or not all(0 <= value <= 1 for value in thresholds):
        raise ArgumentError(
            "thresholds must be numbers between 0 and 1. "
            f"Received: thresholds={thresholds!r}"
        )
    overlaps = find_object_overlaps(true, predicted)
    found = np.array([_count_matches(overlaps, value) for value in thresholds])
    return ObjectMatches(
        tuple(float(value) for value in thresholds),
        found,
        len(overlaps.predicted_ids) - found,
        len(overlaps.true_ids) - found,
    )


def average_precision(
    y_true: np.ndarray,
    y_pred: np.ndarray,
    thresholds: Sequence[float] = THRESHOLDS,
) -> float:
    """Average precision of the objects of an image, as the Data Science Bowl 2018.

    TP / (TP + FP + FN) at each threshold of the intersection over union, then the mean
    over thresholds. https://doi.org/10.1038/s41592-019-0612-7

    Args:
        y_true: `(height, width)` instance ids, 0 the background.
        y_pred: `(height, width)` instance ids, 0 the background.
        thresholds: By default 0.5, 0.55, … 0.95.

    Returns:
        0…1; 1 where there is no object in either map. For several images take the mean,
        as the challenge did, or add up what `match_objects` gives.

    Raises:
        ArgumentError: As `match_objects`.

    Example:

    >>> import numpy as np
    >>> true, predicted = np.array([[1, 1, 0, 2]]), np.array([[7, 7, 0, 0]])
    >>> average_precision(true, predicted)
    0.5
    """
    return match_objects(y_true, y_pred, thresholds).mean


def _count_matches(overlaps, threshold):
    pairs = overlaps.ious() > threshold
    if threshold >= 0.5:
        return int(pairs.sum())  # no object has two
    shape = (len(overlaps.true_ids), len(overlaps.predicted_ids))
    index = (overlaps.true[pairs], overlaps.predicted[pairs])
    graph = csr_array((np.ones(pairs.sum(), bool), index), shape=shape)
    if 0 in shape:
        return 0
    return int((maximum_bipartite_matching(graph) >= 0).sum())
