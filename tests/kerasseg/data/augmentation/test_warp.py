import numpy as np
import pytest

from kerasseg.data.augmentation.warp import Warp, centered_window, random_window

MASK = np.arange(20, dtype=np.int32).reshape(4, 5)
IMAGE = MASK[..., None].astype(np.uint8)


def warp(matrix=None, window=(0, 0, 4, 5), field=None):
    return Warp((4, 5), window, np.eye(3) if matrix is None else matrix, field)


def moved(warp, outside=99):
    image = warp.image(IMAGE, mirror=False, fill_value=99, interpolation="nearest")
    labels = warp.labels(MASK, outside)
    np.testing.assert_array_equal(image[..., 0], labels)
    return labels


def test_copies_where_nothing_moves():
    np.testing.assert_array_equal(moved(warp()), MASK)
    np.testing.assert_array_equal(moved(warp(window=(1, 2, 2, 3))), MASK[1:3, 2:5])


@pytest.mark.parametrize("crop", [(0, 0, 4, 5), (1, 2, 3, 2)])
def test_flips_equal_numpy_with_and_without_resampling(crop):
    matrix = np.diag([-1.0, -1.0, 1.0])
    matrix[:2, 2] = 3, 4
    top, left, height, width = crop
    expected = MASK[::-1, ::-1][top : top + height, left : left + width]
    np.testing.assert_array_equal(moved(warp(matrix, crop)), expected)
    still = np.zeros((2, height, width))  # a field, so pixels are looked up one by one
    np.testing.assert_array_equal(moved(warp(matrix, crop, still)), expected)


def test_outside_is_filled_ignored_and_weighs_nothing():
    shifted = np.eye(3)
    shifted[:2, 2] = -1, 2
    down = warp(shifted)
    expected = np.full((4, 5), 99)
    expected[1:, :3] = MASK[:3, 2:]
    np.testing.assert_array_equal(moved(down), expected)
    weights = down.weights(np.ones((4, 5)))
    np.testing.assert_array_equal(weights, (expected != 99).astype(np.float32))
    assert down.leaves_image()
    assert not warp().leaves_image()


def test_outside_is_mirrored():
    wide = warp(window=(-2, -3, 8, 11))
    expected = np.pad(MASK, ((2, 2), (3, 3)), mode="reflect")
    np.testing.assert_array_equal(wide.labels(MASK, None), expected)
    image = wide.image(IMAGE, True, 0, "bilinear")[..., 0]
    np.testing.assert_array_equal(image, expected)
    np.testing.assert_array_equal(wide.weights(MASK, mirror=True), expected)


def test_windows():
    assert centered_window((9, 8), None) == (0, 0, 9, 8)
    assert centered_window((9, 8), (4, 8)) == (2, 0, 4, 8)
    assert centered_window((4, 8), (9, 8)) == (-3, 0, 9, 8)
    rng = np.random.default_rng(0)
    drawn = {random_window(rng, (9, 4), (7, 6)) for _ in range(200)}
    assert drawn == {(top, left, 7, 6) for top in range(3) for left in (-2, -1, 0)}
    assert random_window(rng, (9, 4), None) == (0, 0, 9, 4)
