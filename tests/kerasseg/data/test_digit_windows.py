import numpy as np
import pytest

from kerasseg.data.digit_windows import classifier_arrays
from kerasseg.errors import ArgumentError


@pytest.fixture
def digits():
    """Full squares of ink: where they lie in a window can be read off its sums."""
    return np.ones((50, 24, 24), np.float32)


@pytest.fixture
def labels():
    return np.arange(50) % 10


def test_every_digit_once_a_copy_and_as_much_background(digits, labels):
    windows, classes = classifier_arrays(digits, labels, copies=3)
    assert windows.shape == (300, 32, 32, 1)
    assert windows.dtype == np.float32
    assert windows.min() >= 0
    assert windows.max() <= 1
    assert np.bincount(classes).tolist() == [15] * 10 + [150]


def test_digits_lie_within_two_pixels_of_the_middle(digits, labels):
    windows, classes = classifier_arrays(digits, labels, vary=False)
    ink = windows[classes < 10, :, :, 0] < 0.5
    assert ink[:, 6:26, 6:26].all()
    assert not ink[:, :2].any()
    assert not ink[:, :, -2:].any()
    assert not ink[:, 2:30, 2:30].all(axis=(1, 2)).any()


def test_background_has_no_digit_in_its_middle_but_parts_of_some(digits, labels):
    windows, classes = classifier_arrays(digits, labels, copies=4, vary=False)
    ink = windows[classes == 10, :, :, 0] < 0.5
    assert not ink[:, 6:26, 6:26].all(axis=(1, 2)).any()
    share = ink.mean(axis=(1, 2))
    assert (share == 0).any()
    assert (share > 0.2).any()


def test_variation_changes_the_shape_of_a_digit(digits, labels):
    plain, classes = classifier_arrays(digits, labels, vary=False)
    varied, other = classifier_arrays(digits, labels, vary=True)
    size = (plain[classes < 10] < 0.5).sum(axis=(1, 2, 3))
    assert size.std() == 0
    assert (varied[other < 10] < 0.5).sum(axis=(1, 2, 3)).std() > 5


def test_the_seed_decides(digits, labels):
    windows, classes = classifier_arrays(digits, labels, seed=2)
    again, classes_again = classifier_arrays(digits, labels, seed=2)
    other, _ = classifier_arrays(digits, labels, seed=3)
    np.testing.assert_array_equal(windows, again)
    np.testing.assert_array_equal(classes, classes_again)
    assert not np.array_equal(windows, other)


def test_no_copies_and_no_digits_are_refused(digits, labels):
    with pytest.raises(ArgumentError, match="Received: 0"):
        classifier_arrays(digits, labels, copies=0)
    with pytest.raises(ArgumentError, match="no digits"):
        classifier_arrays(digits[:0], labels[:0])
