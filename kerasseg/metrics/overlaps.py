"""How much each region of one label map shares with each region of another."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Overlaps(NamedTuple):
    """The regions that meet, in pairs, and the areas of all.

    Attributes:
        true: `(pairs,)` index of the region in the first map.
        predicted: `(pairs,)` index of the region in the second.
        shared: `(pairs,)` pixels that both have, at least 1.
        true_ids: `(regions,)` labels of the first map, ascending.
        predicted_ids: `(regions,)` labels of the second.
        true_areas: `(regions,)` pixels of each.
        predicted_areas: `(regions,)` pixels of each.
    """

    true: np.ndarray
    predicted: np.ndarray
    shared: np.ndarray
    true_ids: np.ndarray
    predicted_ids: np.ndarray
    true_areas: np.ndarray
    predicted_areas: np.ndarray

    def ious(self) -> np.ndarray:
        """`(pairs,)` intersection over union."""
        areas = self.true_areas[self.true] + self.predicted_areas[self.predicted]
        return self.shared / (areas - self.shared)


def find_overlaps(true: np.ndarray, predicted: np.ndarray) -> Overlaps:
    """Counts the pixels that each pair of labels shares.

    Args:
        true: Integer labels of any shape.
        predicted: Labels of the same shape.
    """
    true_ids, true_index, true_areas = np.unique(
        true, return_inverse=True, return_counts=True
    )
    predicted_ids, predicted_index, predicted_areas = np.unique(
        predicted, return_inverse=True, return_counts=True
    )
    pairs = true_index.ravel() * len(predicted_ids) + predicted_index.ravel()
    pairs, shared = np.unique(pairs, return_counts=True)
    rows, columns = np.divmod(pairs, max(len(predicted_ids), 1))
    return Overlaps(
        *(rows, columns, shared),
        *(true_ids, predicted_ids, true_areas, predicted_areas),
    )


def find_object_overlaps(true: np.ndarray, predicted: np.ndarray) -> Overlaps:
    """As `find_overlaps`, without the background, which both maps label 0."""
    found = find_overlaps(true, predicted)
    true_kept, predicted_kept = found.true_ids != 0, found.predicted_ids != 0
    pairs = true_kept[found.true] & predicted_kept[found.predicted]
    return Overlaps(
        np.cumsum(true_kept)[found.true[pairs]] - 1,
        np.cumsum(predicted_kept)[found.predicted[pairs]] - 1,
        found.shared[pairs],
        found.true_ids[true_kept],
        found.predicted_ids[predicted_kept],
        found.true_areas[true_kept],
        found.predicted_areas[predicted_kept],
    )
