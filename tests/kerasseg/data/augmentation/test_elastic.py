import numpy as np
import pytest
from scipy import ndimage

from kerasseg.data.augmentation import Augmentation, Elastic
from kerasseg.errors import ArgumentError

SIZE = (41, 61)


def field(transform, seed, rows=None, columns=None):
    rows = np.arange(SIZE[0]) if rows is None else rows
    columns = np.arange(SIZE[1]) if columns is None else columns
    return transform.field(np.random.default_rng(seed), SIZE, rows, columns)


@pytest.mark.parametrize("grid", [2, 3, 6])
def test_is_the_spline_through_the_coarse_grid(grid):
    found = field(Elastic(7, grid), seed=4)
    coarse = np.random.default_rng(4).normal(0, 7, (2, grid, grid))
    y, x = np.indices(SIZE) * ((grid - 1) / (np.array(SIZE) - 1)).reshape(2, 1, 1)
    for found_axis, coarse_axis in zip(found, coarse, strict=True):
        expected = ndimage.map_coordinates(coarse_axis, [y, x], order=3, mode="mirror")
        np.testing.assert_allclose(found_axis, expected, rtol=1e-9, atol=1e-9)


def test_passes_through_the_points_and_is_smooth():
    found = field(Elastic(10, 3), seed=0)
    coarse = np.random.default_rng(0).normal(0, 10, (2, 3, 3))
    np.testing.assert_allclose(found[:, ::20, ::30], coarse, atol=1e-9)
    assert np.abs(np.diff(found, 2, axis=1)).max() < 0.02 * np.abs(coarse).max()


def test_displacements_have_their_deviation():
    corners = [
        field(Elastic(10), s, np.array([0, 20]), np.array([0, 60])) for s in range(500)
    ]
    assert np.std(corners) == pytest.approx(10, rel=0.05)
    assert abs(np.mean(corners)) < 0.7


def test_a_crop_has_the_field_of_its_place():
    whole = field(Elastic(), seed=2)
    part = field(Elastic(), 2, np.arange(5, 17), np.arange(9, 40))
    np.testing.assert_allclose(part, whole[:, 5:17, 9:40], atol=1e-9)


def test_bends_the_image_as_scipy_does():
    image = np.random.default_rng(1).uniform(0, 255, (*SIZE, 2))
    displacement = Elastic(6)

    class Fixed(Elastic):
        def field(self, rng, size, rows, columns):
            return displacement.field(np.random.default_rng(5), size, rows, columns)

    moved = Augmentation([Fixed(6)])(image, seed=0).image
    y, x = np.indices(SIZE) + field(displacement, 5)
    for c in range(2):
        expected = ndimage.map_coordinates(
            image[..., c], [y, x], order=1, mode="mirror"
        )
        np.testing.assert_allclose(moved[..., c], expected, rtol=1e-5, atol=1e-4)


def test_images_of_one_line():
    assert np.isfinite(
        Elastic().field(np.random.default_rng(0), (1, 5), np.arange(1), np.arange(5))
    ).all()


@pytest.mark.parametrize("arguments", [{"sigma": -1}, {"grid": 1}, {"sigma": np.inf}])
def test_bad_arguments(arguments):
    with pytest.raises(ArgumentError, match="sigma must"):
        Elastic(**arguments)
