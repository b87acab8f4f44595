import itertools

import numpy as np
import pytest
from checks.masks import in_every_run, in_the_long_run, instance_pairs
from hypothesis import given, seed

from kerasseg.errors import ArgumentError
from kerasseg.metrics import ObjectMatches, average_precision, match_objects
from kerasseg.metrics.object_matches import THRESHOLDS

LOW = (0.0, 0.2, 0.5, 0.75)


def ious_by_hand(true, predicted):
    """The table of intersections over unions, from sets of pixels."""
    objects = [
        [labels == label for label in sorted(set(labels.flat) - {0})]
        for labels in (true, predicted)
    ]
    table = [[(a & b).sum() / (a | b).sum() for b in objects[1]] for a in objects[0]]
    return np.array(table).reshape([len(some) for some in objects])


def most_matches(table, threshold):
    """The largest number of pairs that can be matched, by trying all."""
    if 0 in table.shape:
        return 0
    if len(table) > table.shape[1]:
        table = table.T
    return max(
        sum(row[column] > threshold for row, column in zip(table, order, strict=True))
        for order in itertools.permutations(range(table.shape[1]), len(table))
    )


def check(pair):
    table = ious_by_hand(*pair)
    for thresholds in (THRESHOLDS, LOW):
        expected = [most_matches(table, value) for value in thresholds]
        found = match_objects(*pair, thresholds)
        np.testing.assert_array_equal(found.true_positives, expected)
        np.testing.assert_array_equal(
            found.false_negatives, len(table) - found.true_positives
        )
        np.testing.assert_array_equal(
            found.false_positives, table.shape[1] - found.true_positives
        )
        objects = sum(table.shape)
        precisions = [tp / (objects - tp) if objects else 1 for tp in expected]
        np.testing.assert_allclose(found.precisions, precisions, atol=1e-9)
        assert average_precision(*pair, thresholds) == pytest.approx(
            np.mean(precisions)
        )


@in_every_run
@given(pair=instance_pairs())
def test_equals_trying_all_matches(pair):
    check(pair)


@pytest.mark.long
@seed(2018)
@in_the_long_run
@given(pair=instance_pairs(objects=3))
def test_ten_thousand_masks(pair):
    check(pair)


def test_thresholds_are_those_of_the_challenge():
    np.testing.assert_array_equal(THRESHOLDS, np.arange(50, 100, 5) / 100)


def test_equal_to_the_threshold_is_no_match():
    true, half = np.array([[1, 1]]), np.array([[1, 0]])
    assert match_objects(true, half, [0.5]).true_positives == 0
    assert match_objects(true, half, [0.49]).true_positives == 1


def test_empty_images():
    nothing, one = np.zeros((2, 2), int), np.ones((2, 2), int)
    assert average_precision(nothing, nothing) == 1
    assert average_precision(one, nothing) == average_precision(nothing, one) == 0


def test_matches_of_images_add_up():
    one, two = np.array([[1, 1, 0, 0]]), np.array([[1, 1, 2, 2]])
    found = [match_objects(one, two, [0.5]), match_objects(two, two, [0.5])]
    total = sum(found, start=ObjectMatches.none([0.5]))
    assert total.precisions.tolist() == [3 / 4]
    with pytest.raises(ArgumentError, match="different thresholds"):
        _ = total + ObjectMatches.none()


@pytest.mark.parametrize("thresholds", [[], [1.5], [-0.1]])
def test_wrong_thresholds(thresholds):
    with pytest.raises(ArgumentError, match="Received: thresholds="):
        average_precision(np.zeros((1, 1), int), np.zeros((1, 1), int), thresholds)
