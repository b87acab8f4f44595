import itertools

import numpy as np
import pytest
from checks.masks import in_every_run, in_the_long_run, instance_pairs
from hypothesis import given, seed

from kerasseg.errors import ArgumentError
from kerasseg.metrics import adapted_rand_error, variation_of_information


def pairs_by_hand(true, predicted):
    """Pairs of pixels that are together in both maps, in the first, in the second."""
    pixels = list(zip(true.flat, predicted.flat, strict=True))
    both = together = found = 0
    for (a, c), (b, d) in itertools.combinations(pixels, 2):
        both += a == b and c == d
        together += a == b
        found += c == d
    return both, together, found


def check_by_hand(pair):
    true, predicted = pair
    kept = true != 0
    error = adapted_rand_error(true, predicted)
    if not kept.any():
        assert error is None
        return
    both, together, found = pairs_by_hand(true[kept], predicted[kept])
    assert abs(error.recall - (both / together if together else 1)) <= 1e-9
    assert abs(error.precision - (both / found if found else 1)) <= 1e-9
    f1 = 2 * both / (together + found) if together + found else 1
    assert abs(error.error - (1 - f1)) <= 1e-9


def check_against_scikit_image(pair):
    metrics = pytest.importorskip("skimage.metrics")
    true, predicted = pair
    split, merge = metrics.variation_of_information(true, predicted)
    found = variation_of_information(true, predicted)
    assert (found.split, found.merge) == pytest.approx((split, merge), abs=1e-9)
    assert found.total == pytest.approx(split + merge, abs=1e-9)
    with np.errstate(all="ignore"):
        expected = metrics.adapted_rand_error(true, predicted, ignore_labels=(0,))
    if np.isfinite(expected).all():  # it divides by 0 where no two pixels are together
        error, *parts = adapted_rand_error(true, predicted)
        assert error == pytest.approx(expected[0], abs=1e-9)
        # Its code exchanges precision and recall, against its documentation.
        assert sorted(parts) == pytest.approx(sorted(expected[1:]), abs=1e-9)


@in_every_run
@given(pair=instance_pairs())
def test_equals_counting_pairs(pair):
    check_by_hand(pair)


@in_every_run
@given(pair=instance_pairs())
def test_equals_scikit_image(pair):
    check_against_scikit_image(pair)


@pytest.mark.long
@seed(2012)
@in_the_long_run
@given(pair=instance_pairs(sides=(1, 6)))
def test_ten_thousand_masks(pair):
    check_by_hand(pair)
    check_against_scikit_image(pair)


def test_ignored_pixels():
    true = np.array([[255, 1, 1, 2]])
    everything = variation_of_information(true, true * 0)
    assert variation_of_information(true, true * 0, ignore_label=255) != everything
    assert variation_of_information(true[:, :1], true[:, :1], ignore_label=255) is None
    assert adapted_rand_error(true * 0, true) is None
    assert adapted_rand_error(true * 0, true, ignore_label=None).error > 0


def test_a_single_pixel_is_right():
    assert adapted_rand_error(np.array([[3]]), np.array([[8]])) == (0, 1, 1)


def test_sizes_must_agree():
    with pytest.raises(ArgumentError, match=r"same size. Received: y_true of shape"):
        adapted_rand_error(np.zeros((2, 3), int), np.zeros((3, 2), int))
    with pytest.raises(ArgumentError, match="integers"):
        variation_of_information(np.zeros((2, 3)), np.zeros((2, 3)))
