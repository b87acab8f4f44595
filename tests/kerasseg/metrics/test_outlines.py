import numpy as np
import pytest
from checks.masks import IGNORED, in_every_run, in_the_long_run
from hypothesis import given, seed
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from kerasseg.errors import ArgumentError
from kerasseg.metrics import MeanOverImages, boundary_f1


@st.composite
def labelled_pairs(draw):
    shape = draw(st.tuples(st.integers(1, 6), st.integers(1, 6)))
    labels = st.sampled_from([0, 1, 2, IGNORED][: draw(st.integers(1, 4))])
    true = draw(arrays(np.int32, shape, elements=labels, fill=st.just(0)))
    return true, draw(arrays(np.int32, shape, elements=st.integers(0, 2)))


def outline_by_hand(region, valid, at_ignored):
    """Places of a region beside a place outside of it."""
    found = []
    for row, column in np.argwhere(region & valid):
        for down, right in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            near = (row + down, column + right)
            if min(near) < 0 or (np.array(near) >= region.shape).any():
                continue
            outside = not region[near] if valid[near] else at_ignored
            if outside:
                found.append((row, column))
                break
    return np.array(found).reshape(-1, 2)


def share_by_hand(places, others, reach):
    if not len(places):
        return 0.0
    near = [
        any(np.hypot(*(place - other)) <= reach for other in others) for place in places
    ]
    return sum(near) / len(near)


def check(pair, tolerance, at_ignored):
    true, predicted = pair
    valid = true != IGNORED
    found = boundary_f1(true, predicted, tolerance, IGNORED, at_ignored)
    present = set(true[valid]) | set(predicted[valid])
    assert set(found.f1) == present
    expected = []
    for label in present:
        outlines = [
            outline_by_hand(labels == label, valid, at_ignored)
            for labels in (true, predicted)
        ]
        reach = tolerance * np.hypot(*true.shape)
        recall = share_by_hand(*outlines, reach)
        precision = share_by_hand(*outlines[::-1], reach)
        f1 = 2 * precision * recall / (precision + recall) if precision else 0
        if not any(map(len, outlines)):
            both = (true == label)[valid].any() and (predicted == label)[valid].any()
            precision = recall = f1 = float(both)
        assert found.precision[label] == pytest.approx(precision)
        assert found.recall[label] == pytest.approx(recall)
        assert found.f1[label] == pytest.approx(f1)
        expected.append(f1)
    assert found.mean == (pytest.approx(np.mean(expected)) if expected else None)


tolerances = st.sampled_from([0.0, 0.13, 0.2, 0.5])


@in_every_run
@given(pair=labelled_pairs(), tolerance=tolerances, at_ignored=st.booleans())
def test_equals_all_distances_by_hand(pair, tolerance, at_ignored):
    check(pair, tolerance, at_ignored)


@pytest.mark.long
@seed(2013)
@in_the_long_run
@given(pair=labelled_pairs(), tolerance=tolerances, at_ignored=st.booleans())
def test_ten_thousand_masks(pair, tolerance, at_ignored):
    check(pair, tolerance, at_ignored)


def test_tolerance_of_camvid_is_four_and_a_half_pixels():
    true = np.zeros((360, 480), int)
    true[:, 200:] = 1
    for shift, expected in ((4, 1), (5, 0)):
        predicted = np.roll(true, shift, axis=1)
        predicted[:, :shift] = 0
        assert boundary_f1(true, predicted).mean == expected


def test_ignored_images_are_left_out_of_the_mean():
    true = np.array([[0, 0, 1, 1]])
    mean = MeanOverImages(boundary_f1, "mean", ignore_class=IGNORED)
    mean.update(np.stack([true, true * 0 + IGNORED]), np.stack([true, true]))
    assert (mean.result(), mean.images, mean.left_out) == (1, 1, 1)


def test_negative_tolerance():
    with pytest.raises(ArgumentError, match="Received: tolerance=-1"):
        boundary_f1(np.zeros((1, 1), int), np.zeros((1, 1), int), -1)
