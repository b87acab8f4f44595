import sys

import numpy as np
import pytest
from scipy import ndimage

from kerasseg.data.digits import load_digits
from kerasseg.errors import ArgumentError, MissingPackageError

pytest.importorskip("sklearn")


def test_split_is_whole_stratified_and_in_range():
    (images, labels), (unseen, unseen_labels) = load_digits(held_out=0.25, seed=3)
    assert len(images) + len(unseen) == 1797
    assert images.shape[1:] == unseen.shape[1:] == (24, 24)
    assert images.dtype == np.float32
    assert images.min() == 0
    assert images.max() == 1
    total = np.bincount(labels) + np.bincount(unseen_labels)
    assert np.abs(np.bincount(unseen_labels) - 0.25 * total).max() <= 0.5


def test_no_held_out_digit_is_trained_on():
    (images, _), (unseen, _) = load_digits(seed=1)
    seen = {image.tobytes() for image in images}
    assert not any(image.tobytes() in seen for image in unseen)


def test_same_seed_same_split_and_other_seed_other_split():
    first, again, other = load_digits(seed=5), load_digits(seed=5), load_digits(seed=6)
    np.testing.assert_array_equal(first[0][0], again[0][0])
    np.testing.assert_array_equal(first[1][1], again[1][1])
    assert not np.array_equal(first[1][0], other[1][0])


def test_enlarged_digit_stays_where_the_small_one_was():
    from sklearn.datasets import load_digits as load_small

    (images, _), (unseen, _) = load_digits()
    large = np.concatenate([images, unseen]).mean(axis=0)
    small = load_small().images.mean(axis=0)
    middle = 3 * (np.array(ndimage.center_of_mass(small)) + 0.5) - 0.5
    assert ndimage.center_of_mass(large) == pytest.approx(middle, abs=0.1)


@pytest.mark.parametrize("held_out", [0, 1, -0.5, float("nan"), 0.001])
def test_shares_that_leave_a_side_empty_are_refused(held_out):
    with pytest.raises(ArgumentError, match=f"Received: {held_out}"):
        load_digits(held_out=held_out)


def test_without_scikit_learn_the_error_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(
        MissingPackageError, match=r"scikit-learn scikit-image \(.*\[demo\]"
    ):
        load_digits()
