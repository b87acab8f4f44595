import numpy as np
import pytest
from scipy import ndimage

from kerasseg.data.augmentation import Augmentation, Flip, Rotate, Scale, Shift
from kerasseg.errors import ArgumentError

SIZE = (23, 31)
IMAGE = np.random.default_rng(0).uniform(0, 255, (*SIZE, 1)).astype(np.float32)
CENTER = (np.array(SIZE) - 1) / 2


def draws(transform, count=200):
    rng = np.random.default_rng(1)
    return np.array([transform.matrix(rng, SIZE) for _ in range(count)])


def test_flips_of_each_direction_are_drawn_half_the_time():
    for transform, several in (
        (Flip(), {(1, 1), (1, -1)}),
        (Flip(False, True), {(1, 1), (-1, 1)}),
        (Flip(True, True), {(1, 1), (1, -1), (-1, 1), (-1, -1)}),
        (Flip(False, False), {(1, 1)}),
    ):
        signs = [tuple(np.diag(m)[:2]) for m in draws(transform)]
        assert set(signs) == several
        for kind in several:
            assert abs(signs.count(kind) * len(several) / 200 - 1) < 0.4


def test_flips_equal_numpy():
    augmentation = Augmentation([Flip(True, True)])
    flips = [IMAGE[::y, ::x] for y in (1, -1) for x in (1, -1)]
    seen = set()
    for seed in range(20):
        moved = augmentation(IMAGE, seed=seed).image
        equal = [i for i, flip in enumerate(flips) if np.array_equal(moved, flip)]
        assert len(equal) == 1
        seen.update(equal)
    assert seen == {0, 1, 2, 3}


def test_rotations_equal_scipy():
    for seed in range(5):
        moved = Augmentation([Rotate(40)])(IMAGE, seed=seed).image[..., 0]
        angle = np.radians(np.random.default_rng(seed).uniform(-40, 40))
        turn = [[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]
        expected = ndimage.affine_transform(
            IMAGE[..., 0], turn, CENTER - turn @ CENTER, order=1, mode="mirror"
        )
        np.testing.assert_allclose(moved, expected, rtol=1e-5, atol=1e-4)


def test_angles_and_centre():
    matrices = draws(Rotate(30))
    angles = np.degrees(np.arctan2(matrices[:, 0, 1], matrices[:, 0, 0]))
    assert -30 <= angles.min() < -25
    assert 25 < angles.max() <= 30
    np.testing.assert_allclose(matrices @ [*CENTER, 1], [[*CENTER, 1]] * 200)
    np.testing.assert_allclose(np.linalg.det(matrices), 1)


def test_scales_and_centre():
    matrices = draws(Scale(0.5, 2))
    factors = 1 / matrices[:, 0, 0]
    assert 0.5 <= factors.min() < 0.55
    assert 1.8 < factors.max() <= 2
    assert abs(np.log(factors).mean()) < 0.1  # halving is as likely as doubling
    np.testing.assert_array_equal(matrices[:, 0, 0], matrices[:, 1, 1])
    np.testing.assert_allclose(matrices @ [*CENTER, 1], [[*CENTER, 1]] * 200)


def test_shifts_are_shares_of_the_size():
    matrices = draws(Shift(0.1, 0.5))
    most = np.abs(matrices[:, :2, 2]).max(0) / SIZE
    np.testing.assert_allclose(most, [0.1, 0.5], rtol=0.05)
    np.testing.assert_array_equal(matrices[:, :2, :2], [np.eye(2)] * 200)


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (lambda: Rotate(-1), "degrees"),
        (lambda: Rotate(float("nan")), "degrees"),
        (lambda: Shift(1.5, 0), "height=1.5"),
        (lambda: Scale(0, 1), "low=0"),
        (lambda: Scale(2, 1), "low=2"),
    ],
)
def test_bad_arguments(make, word):
    with pytest.raises(ArgumentError, match=word):
        make()
