import numpy as np
import pytest

from kerasseg.data.augmentation import Augmentation, GreyValues
from kerasseg.errors import ArgumentError

IMAGE = np.random.default_rng(0).uniform(60, 180, (9, 8, 3)).astype(np.float32)


def recolored(transform, seed, image=IMAGE):
    return transform.recolor(np.random.default_rng(seed), image)


def test_brightness_adds_the_same_everywhere():
    shifts = []
    for seed in range(50):
        difference = recolored(GreyValues(0.1, 0), seed) - IMAGE
        assert np.ptp(difference) < 1e-3
        shifts.append(difference.mean() / 255)
    assert -0.1 <= min(shifts) < -0.08
    assert 0.08 < max(shifts) <= 0.1


def test_contrast_stretches_about_the_mean():
    factors = []
    for seed in range(50):
        changed = recolored(GreyValues(0, 0.2), seed)
        ratio = (changed - IMAGE.mean()) / (IMAGE - IMAGE.mean())
        factors.append(np.median(ratio))
        np.testing.assert_allclose(
            changed, (IMAGE - IMAGE.mean()) * factors[-1] + IMAGE.mean(), atol=0.01
        )
    assert 0.8 <= min(factors) < 0.84
    assert 1.16 < max(factors) <= 1.2


def test_gamma_keeps_black_and_white():
    image = np.array([[[0.0], [51.0], [255.0]]], np.float32)
    for seed in range(9):
        changed = recolored(GreyValues(0, 0, 0.5), seed, image).ravel()
        assert changed[[0, 2]].tolist() == [0, 255]
        exponent = np.log(changed[1] / 255) / np.log(51 / 255)
        assert 0.5 <= exponent <= 1.5
        assert exponent != 1


def test_nothing_is_drawn_past_the_range():
    for seed in range(20):
        changed = recolored(GreyValues(0.9, 0.9, 0.9), seed)
        assert 0 <= changed.min() <= changed.max() <= 255
    other = recolored(GreyValues(0.5, value_range=(-1, 1)), 0, IMAGE / 255)
    assert -1 <= other.min() <= other.max() <= 1


def test_moves_nothing_and_leaves_the_mask():
    mask = np.arange(72).reshape(9, 8)
    result = Augmentation([GreyValues()])(IMAGE, mask, seed=0)
    np.testing.assert_array_equal(result.mask, mask)
    assert result.image.dtype == np.float32
    order = np.argsort(IMAGE[..., 0].ravel())
    assert (np.diff(result.image[..., 0].ravel()[order]) >= 0).all()


@pytest.mark.parametrize(
    "arguments",
    [{"brightness": -1}, {"contrast": 1}, {"gamma": -0.1}, {"value_range": (1, 0)}],
)
def test_bad_arguments(arguments):
    with pytest.raises(ArgumentError, match=next(iter(arguments))):
        GreyValues(**arguments)
