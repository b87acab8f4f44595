import numpy as np
import pytest

from kerasseg.errors import ArgumentError
from kerasseg.metrics import (
    MeanOverImages,
    adapted_rand_error,
    seg_measure,
    variation_of_information,
)

TRUE = np.array([[[1, 1, 2, 2]], [[0, 0, 0, 0]], [[1, 1, 1, 1]]])
FOUND = np.array([[[1, 1, 1, 1]], [[1, 0, 0, 0]], [[1, 1, 1, 0]]])


def test_images_without_a_value_are_left_out():
    mean = MeanOverImages(seg_measure)
    mean.update(TRUE, FOUND)
    assert mean.values == [2 / 4, 3 / 4]
    assert (mean.result(), mean.images, mean.left_out) == (5 / 8, 2, 1)


def test_a_part_of_a_measure():
    for measure, part in [
        (adapted_rand_error, "error"),
        (variation_of_information, "total"),
    ]:
        mean = MeanOverImages(measure, part, ignore_label=None)
        for true, found in zip(TRUE, FOUND, strict=True):
            mean.update(true, found)
        each = [
            getattr(measure(t, f, ignore_label=None), part)
            for t, f in zip(TRUE, FOUND, strict=True)
        ]
        assert mean.result() == pytest.approx(np.mean(each))
        assert len(set(each)) > 1


def test_no_image_at_all():
    assert MeanOverImages(seg_measure).result() is None


def test_as_many_of_both():
    with pytest.raises(ArgumentError, match="3 and 2 images"):
        MeanOverImages(seg_measure).update(TRUE, FOUND[:2])


def test_an_image_with_a_channel_is_no_batch():
    with pytest.raises(ArgumentError, match=r"one by one, .*\(3, 4, 1\)"):
        MeanOverImages(seg_measure).update(*np.ones((2, 3, 4, 1), int))
