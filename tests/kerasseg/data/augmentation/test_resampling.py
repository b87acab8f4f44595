import numpy as np
import pytest
from scipy import ndimage

from kerasseg.data.augmentation.resampling import bilinear, inside, nearest

RNG = np.random.default_rng(3)
SIZES = [(7, 9), (1, 5), (4, 1), (2, 2)]


def places(size):
    """Places in the image and up to three image sizes beyond it."""
    y, x = RNG.uniform(-3, 4, (2, 40, 30)) * np.reshape(size, (2, 1, 1))
    return y, x


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("mirror", "mode"), [(True, "mirror"), (False, "nearest")])
def test_equal_scipy(size, mirror, mode):
    image = RNG.normal(0, 50, (*size, 3))
    y, x = places(size)
    for sample, order in ((bilinear, 1), (nearest, 0)):
        expected = np.stack(
            [
                ndimage.map_coordinates(image[..., c], [y, x], order=order, mode=mode)
                for c in range(3)
            ],
            axis=-1,
        )
        np.testing.assert_allclose(
            sample(image, y, x, mirror), expected, rtol=1e-5, atol=1e-4
        )


def test_types():
    image, (y, x) = RNG.integers(0, 255, (7, 9, 1), np.uint8), places((7, 9))
    assert bilinear(image, y, x, True).dtype == np.float32
    assert nearest(image, y, x, True).dtype == np.uint8


def test_a_place_is_inside_where_its_nearest_pixel_is():
    y = np.array([-0.6, -0.5, 0.0, 1.49, 1.5])
    assert inside(y, np.zeros(5), (2, 1)).tolist() == [False, True, True, True, False]
    assert inside(np.zeros(5), y, (1, 2)).tolist() == [False, True, True, True, False]
