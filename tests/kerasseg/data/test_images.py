import numpy as np
import pytest
from PIL import Image

from kerasseg.data import decoding
from kerasseg.data.images import check_image, read_image
from kerasseg.errors import FileError

RGB = np.random.default_rng(0).integers(0, 256, (5, 7, 3), np.uint8)


def save(path, array, **options):
    Image.fromarray(array).save(path, **options)
    return path


@pytest.mark.parametrize("ending", ["png", "bmp", "ppm", "tif"])
def test_lossless_formats_come_back_as_they_were(tmp_path, ending):
    path = save(tmp_path / f"photo.{ending}", RGB)
    np.testing.assert_array_equal(read_image(path), RGB)
    assert check_image(path) == (5, 7)


@pytest.mark.parametrize(("channels", "mode"), [(1, "L"), (3, "RGB"), (4, "RGBA")])
def test_channels_are_those_the_model_takes(tmp_path, channels, mode):
    path = save(tmp_path / "photo.png", RGB)
    expected = np.asarray(Image.fromarray(RGB).convert(mode)).reshape(5, 7, channels)
    np.testing.assert_array_equal(read_image(path, channels), expected)


def test_palette_images_are_read_in_colour(tmp_path):
    palette = Image.fromarray(RGB).quantize(16)
    palette.save(tmp_path / "p.png")
    expected = np.asarray(palette.convert("RGB"))
    np.testing.assert_array_equal(read_image(tmp_path / "p.png"), expected)


def test_sixteen_bits_are_scaled_not_cut_off(tmp_path):
    values = np.array([[0, 257, 32896, 65535]], np.uint16)
    path = save(tmp_path / "deep.png", values)
    grey = read_image(path, 1)
    np.testing.assert_allclose(grey[0, :, 0], [0, 1, 128, 255], rtol=1e-6)
    np.testing.assert_array_equal(read_image(path, 3)[0, :, 1], [0, 1, 128, 255])
    assert (read_image(path, 4)[..., 3] == 255).all()


def test_sixteen_bits_stay_in_their_range_when_enlarged(tmp_path):
    values = np.repeat(np.array([[0, 65535]], np.uint16), 4, 1).repeat(8, 0)
    found = read_image(save(tmp_path / "edge.png", values), channels=1, scale=2)
    assert found.dtype == np.float32
    assert (found.min(), found.max()) == (0, 255)
    fine = save(tmp_path / "fine.png", values // 65535 + np.uint16(1000))
    assert read_image(fine, channels=1, scale=2).std() > 0
    assert read_image(fine, channels=3).dtype == np.uint8


def test_photos_are_turned_upright(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # stored turned a quarter to the left
    path = save(tmp_path / "turned.png", RGB, exif=exif)
    np.testing.assert_array_equal(read_image(path), np.rot90(RGB, -1))


def test_scale(tmp_path):
    path = save(tmp_path / "photo.png", RGB)
    assert read_image(path, scale=2).shape == (10, 14, 3)
    assert read_image(path, scale=0.01).shape == (1, 1, 3)


def test_one_pixel(tmp_path):
    path = save(tmp_path / "dot.png", RGB[:1, :1])
    np.testing.assert_array_equal(read_image(path), RGB[:1, :1])


def broken_files(folder):
    whole = save(folder / "whole.png", np.tile(RGB, (20, 20, 1))).read_bytes()
    files = {
        "missing.png": None,
        "text.jpg": b"these are words, not pixels\n",
        "empty.png": b"",
        "cut.png": whole[: len(whole) // 2],
        "head.png": whole[:30],
        "flipped.png": whole[:60] + bytes([whole[60] ^ 255]) + whole[61:],
    }
    for name, content in files.items():
        if content is not None:
            (folder / name).write_bytes(content)
    return [*files, "."]


def test_broken_files_are_named(tmp_path):
    for name in broken_files(tmp_path):
        with pytest.raises(FileError) as caught:
            read_image(tmp_path / name)
        assert str(caught.value).startswith(str(tmp_path / name))
        assert "\n" not in str(caught.value)


def test_images_over_the_limit_are_refused_before_they_are_decoded(
    tmp_path, monkeypatch
):
    path = save(tmp_path / "big.png", RGB)
    monkeypatch.setattr(decoding, "MAX_PIXELS", 34)
    with pytest.raises(FileError, match="7×5 pixels; at most 34"):
        read_image(path)
    assert Image.MAX_IMAGE_PIXELS is not None  # Pillow's own guard is left in place
