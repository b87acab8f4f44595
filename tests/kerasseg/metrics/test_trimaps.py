import numpy as np
import pytest
from checks.masks import IGNORED, in_every_run, in_the_long_run, label_pairs
from hypothesis import given, seed
from hypothesis import strategies as st

from kerasseg.errors import ArgumentError
from kerasseg.metrics import trimap_accuracy, trimap_confusion, trimap_measure

RADII = (1, 1.5, 2, 4)


def edges_by_hand(labels, at_ignored):
    """Places beside a place of another label."""
    found = []
    for row, column in np.argwhere(labels != IGNORED):
        for down, right in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            near = (row + down, column + right)
            if min(near) < 0 or (np.array(near) >= labels.shape).any():
                continue
            ignored = labels[near] == IGNORED
            if at_ignored if ignored else labels[near] != labels[row, column]:
                found.append((row, column))
                break
    return found


def check(pair, at_ignored):
    for true, predicted in zip(*pair, strict=True):
        matrices = np.zeros((len(RADII), 4, 4), int)
        edges = edges_by_hand(true, at_ignored)
        for row, column in np.argwhere(true != IGNORED):
            for index, radius in enumerate(RADII):
                if any(np.hypot(row - y, column - x) < radius for y, x in edges):
                    matrices[index, true[row, column], predicted[row, column]] += 1
        options = {"ignore_class": IGNORED, "at_ignored": at_ignored}
        found = trimap_confusion(true, predicted, RADII, 4, **options)
        np.testing.assert_array_equal(found, matrices)
        expected = [m.trace() / m.sum() if m.sum() else None for m in matrices]
        assert trimap_measure(found) == pytest.approx(expected)
        accuracy = trimap_accuracy(true, predicted, RADII, **options)
        assert accuracy == pytest.approx(expected)


@in_every_run
@given(pair=label_pairs(), at_ignored=st.booleans())
def test_equals_all_distances_by_hand(pair, at_ignored):
    check(pair, at_ignored)


@pytest.mark.long
@seed(2009)
@in_the_long_run
@given(pair=label_pairs(), at_ignored=st.booleans())
def test_ten_thousand_masks(pair, at_ignored):
    check(pair, at_ignored)


def test_mean_iou_of_a_band():
    true = np.repeat([[0, 0, 0, 1, 1, 1]], 3, axis=0)
    predicted = np.repeat([[0, 0, 0, 0, 1, 1]], 3, axis=0)
    matrices = trimap_confusion(true, predicted, [1, 9], 2)
    found = trimap_measure(matrices, "mean_iou")
    assert found == pytest.approx([(1 / 2 + 0) / 2, (3 / 4 + 2 / 3) / 2])


@pytest.mark.parametrize("radii", [[], [0], [2, -1], 2])
def test_wrong_radii(radii):
    with pytest.raises(ArgumentError, match="Received: radii="):
        trimap_accuracy(np.zeros((2, 2), int), np.zeros((2, 2), int), radii)


def test_wrong_labels_and_measures():
    with pytest.raises(ArgumentError, match="y_pred must hold the classes 0 to 1"):
        trimap_confusion(np.eye(2, dtype=int), np.full((2, 2), 5), [1], 2)
    with pytest.raises(ArgumentError, match=r"Received: measures=\('miou',\)"):
        trimap_measure(np.zeros((1, 2, 2)), "miou")
