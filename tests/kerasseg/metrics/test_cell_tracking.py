import numpy as np
import pytest
from checks.masks import in_every_run, in_the_long_run, instance_pairs
from hypothesis import given, seed

from kerasseg.metrics import seg_measure, seg_of_objects


def seg_by_hand(true, predicted):
    scores = []
    for label in sorted(set(true.flat) - {0}):
        reference, score = true == label, 0.0
        for other in set(predicted.flat) - {0}:
            found = predicted == other
            shared = (reference & found).sum()
            if shared > 0.5 * reference.sum():
                score = shared / (reference | found).sum()
        scores.append(score)
    return scores


def check(pair):
    expected = seg_by_hand(*pair)
    np.testing.assert_allclose(seg_of_objects(*pair), expected, atol=1e-9)
    mean = seg_measure(*pair)
    assert mean == (pytest.approx(np.mean(expected)) if expected else None)


@in_every_run
@given(pair=instance_pairs())
def test_equals_sets_of_pixels(pair):
    check(pair)


@pytest.mark.long
@seed(2014)
@in_the_long_run
@given(pair=instance_pairs())
def test_ten_thousand_masks(pair):
    check(pair)


def test_half_is_not_enough_and_invented_objects_cost_nothing():
    true = np.array([[1, 1, 0, 0]])
    assert seg_measure(true, np.array([[4, 0, 0, 0]])) == 0
    assert seg_measure(true, np.array([[4, 4, 5, 6]])) == 1
    assert seg_measure(true * 0, true) is None
