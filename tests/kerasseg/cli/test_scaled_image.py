import numpy as np
import pytest
from PIL import Image

from kerasseg.cli.scaled_image import ScaledImage, scaled_size


def random_image(*shape, dtype=np.uint8):
    random = np.random.default_rng(0)
    return random.integers(0, 250, shape).astype(dtype)


def halved(plane):
    """Each pixel from four, by their distance from its centre; fewer at the borders."""
    n = len(plane)
    weights = np.zeros((n // 2, n))
    for i in range(n // 2):
        for j, weight in zip(range(2 * i - 1, 2 * i + 3), (1, 3, 3, 1), strict=True):
            if 0 <= j < n:
                weights[i, j] = weight
    return (weights / weights.sum(1, keepdims=True)) @ plane


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_a_smaller_pixel_is_the_mean_of_what_it_covers(dtype):
    image = random_image(12, 8, 3, dtype=dtype) * dtype(1)
    expected = [halved(halved(image[..., c]).T).T for c in range(3)]
    found = ScaledImage(image, 0.5)
    assert (found.shape, found.dtype) == ((6, 4, 3), dtype)
    pixels = found[:, :]
    assert pixels.dtype == dtype
    tolerance = 1e-4 if dtype == np.float32 else 0.501
    np.testing.assert_allclose(pixels, np.stack(expected, -1), atol=tolerance)


@pytest.mark.parametrize("scale", [0.3, 0.5, 0.77, 1.6])
def test_any_size_is_resized_as_pillow_does(scale):
    image = random_image(41, 67)
    height, width = scaled_size(image.shape, scale)
    picture = Image.fromarray(image.astype(np.float32))
    expected = picture.resize((width, height), Image.Resampling.BILINEAR)
    found = ScaledImage(image, scale)
    assert found.shape == (height, width)
    np.testing.assert_array_equal(found[:, :], np.rint(expected).astype(np.uint8))


@pytest.mark.parametrize("scale", [0.3, 0.5, 0.77, 1.6])
def test_pieces_are_those_of_the_whole(scale):
    image = random_image(241, 167, 3, dtype=np.float32)
    scaled = ScaledImage(image, scale)
    whole = scaled[:, :]
    for top, left in np.random.default_rng(1).integers(0, 40, (20, 2)):
        place = slice(top, top + 9), slice(left, left + 7)
        # Pillow counts places of a piece in float32.
        np.testing.assert_allclose(scaled[place], whole[place], atol=0.01)


def test_only_what_a_piece_covers_is_read():
    class Recorder(np.ndarray):
        read = ()

        def __getitem__(self, place):
            Recorder.read = place
            return super().__getitem__(place)

    scaled = ScaledImage(random_image(400, 300).view(Recorder), 0.25)
    assert scaled[50:60, 0:20].shape == (10, 20)
    rows, columns = Recorder.read
    assert 190 <= rows.start < rows.stop <= 250
    assert 0 == columns.start < columns.stop <= 90


def test_a_pixel_stays():
    assert scaled_size((1, 300, 3), 0.1) == (1, 30)
    np.testing.assert_array_equal(
        ScaledImage(np.full((1, 2, 1), 7), 0.1)[:, :], [[[7]]]
    )
