import numpy as np
import pytest
from checks.masks import IGNORED, in_every_run, in_the_long_run
from hypothesis import given, seed
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from kerasseg.errors import ArgumentError
from kerasseg.metrics import PanopticQuality, panoptic_quality

CLASSES = 3
THINGS = (1, 2)


@st.composite
def panoptic_pairs(draw):
    """True and predicted classes and instances: four maps."""
    shape = draw(st.tuples(st.integers(1, 5), st.integers(1, 6)))
    labels = st.sampled_from([*range(CLASSES), IGNORED])
    maps = [
        draw(arrays(np.int32, shape, elements=elements))
        for elements in (labels, st.integers(0, 2)) * 2
    ]
    same = draw(arrays(np.bool_, shape, elements=st.booleans()))
    for index in (2, 3):  # mostly alike, so that segments match
        maps[index] = np.where(same, maps[index - 2], maps[index])
    return maps


def segments_by_hand(labels, ids):
    """Sets of pixels with their class."""
    found = {}
    for place in np.ndindex(labels.shape):
        label = labels[place]
        if label != IGNORED:
            key = (label, ids[place] if label in THINGS else 0)
            found.setdefault(key, set()).add(place)
    return [(label, pixels) for (label, _), pixels in found.items()]


def quality_by_hand(true_labels, true_ids, labels, ids):
    true = segments_by_hand(true_labels, true_ids)
    predicted = segments_by_hand(labels, ids)
    void = set(zip(*np.nonzero(true_labels == IGNORED), strict=True))
    sums = [[0.0, 0, 0, 0] for _ in range(CLASSES)]  # iou, tp, fp, fn
    used = set()
    for label, pixels in true:
        for index, (other, found) in enumerate(predicted):
            iou = len(pixels & found) / len(pixels | (found - void))
            if other == label and iou > 0.5:
                sums[label][0] += iou
                sums[label][1] += 1
                used.add(index)
                break
        else:
            sums[label][3] += 1
    for index, (label, found) in enumerate(predicted):
        if index not in used and len(found & void) / len(found) <= 0.5:
            sums[label][2] += 1
    return np.array(sums).T


def check(maps):
    expected = quality_by_hand(*maps)
    found = panoptic_quality(*maps, CLASSES, THINGS, IGNORED)
    np.testing.assert_allclose(found.iou_sums, expected[0], atol=1e-9)
    np.testing.assert_array_equal(found.true_positives, expected[1])
    np.testing.assert_array_equal(found.false_positives, expected[2])
    np.testing.assert_array_equal(found.false_negatives, expected[3])
    values = []
    for iou, tp, fp, fn in expected.T:
        if tp + fp + fn:
            values.append(iou / (tp + 0.5 * fp + 0.5 * fn))
    assert found.pq == (pytest.approx(np.mean(values)) if values else None)
    assert len(found.left_out) == CLASSES - len(values)


@in_every_run
@given(maps=panoptic_pairs())
def test_equals_sets_of_pixels(maps):
    check(maps)


@pytest.mark.long
@seed(2018)
@in_the_long_run
@given(maps=panoptic_pairs())
def test_ten_thousand_masks(maps):
    check(maps)


def test_quality_is_segmentation_times_recognition():
    true = np.array([[1, 1, 1, 1, 2, 2, 0, 0]])
    found = np.array([[1, 1, 1, 0, 0, 2, 0, 0]])
    ids = np.zeros_like(true)
    quality = panoptic_quality(true, ids, found, ids, 4)
    # Class 0: 2 of 4; equal to one half is no match.
    assert quality.per_class == [
        {"pq": 0, "sq": 0, "rq": 0},
        {"pq": 0.75, "sq": 0.75, "rq": 1},
        {"pq": 0, "sq": 0, "rq": 0},
        None,
    ]
    assert quality.left_out == [3]
    assert (quality.pq, quality.sq, quality.rq) == (0.25, 0.25, 1 / 3)
    assert quality.mean("pq", [1, 3]) == 0.75
    assert quality.mean("pq", [3]) is None
    twice = sum([quality] * 2, start=PanopticQuality.none(4))
    assert twice.pq == quality.pq
    assert twice.true_positives.tolist() == [0, 2, 0, 0]


def test_nothing_but_void():
    void, ids = np.full((2, 2), IGNORED), np.zeros((2, 2), int)
    quality = panoptic_quality(void, ids, ids, ids, 2, ignore_class=IGNORED)
    assert quality.pq is None
    assert quality.left_out == [0, 1]


def test_labels_that_are_no_class():
    ids = np.zeros((1, 2), int)
    for maps in ([ids + 2, ids, ids, ids], [ids, ids, ids - 1, ids]):
        with pytest.raises(ArgumentError, match="classes 0 to 1"):
            panoptic_quality(*maps, 2)
