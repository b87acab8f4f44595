import numpy as np
import pytest
from PIL import Image

from kerasseg.cli.predict_image import check_photo, in_range, open_photo
from kerasseg.errors import FileError


def test_large_plain_tiffs_are_mapped(tmp_path):
    tifffile = pytest.importorskip("tifffile")
    pixels = np.random.default_rng(0).integers(0, 256, (30, 40, 3), np.uint8)
    tifffile.imwrite(tmp_path / "a.tif", pixels)
    mapped = open_photo(tmp_path / "a.tif", 3, large=1000)
    assert isinstance(mapped, np.memmap)
    np.testing.assert_array_equal(mapped, pixels)
    assert not isinstance(open_photo(tmp_path / "a.tif", 3), np.memmap)
    # Converted, so read whole: the net takes another number of channels.
    assert open_photo(tmp_path / "a.tif", 1, large=1000).shape == (30, 40, 1)
    tifffile.imwrite(tmp_path / "b.tif", pixels, compression="zlib")
    read = open_photo(tmp_path / "b.tif", 3, large=1000)
    assert not isinstance(read, np.memmap)
    np.testing.assert_array_equal(read, pixels)


@pytest.mark.parametrize(
    "stored",
    [{"photometric": "miniswhite"}, {"colormap": np.zeros((3, 256), np.uint16)}],
)
def test_large_tiffs_whose_numbers_mean_something_else_are_read_like_small(
    tmp_path, stored
):
    tifffile = pytest.importorskip("tifffile")
    pixels = np.random.default_rng(0).integers(0, 256, (30, 40), np.uint8)
    tifffile.imwrite(tmp_path / "a.tif", pixels, **stored)
    small, large = (open_photo(tmp_path / "a.tif", 1, large=n) for n in (10**9, 1))
    np.testing.assert_array_equal(large, small)
    assert not (large[..., 0] == pixels).all()


def test_bands_that_no_photo_has(tmp_path):
    tifffile = pytest.importorskip("tifffile")
    bands = np.random.default_rng(0).integers(0, 999, (9, 8, 6), np.uint16)
    tifffile.imwrite(
        tmp_path / "a.tif", bands, photometric="minisblack", planarconfig="contig"
    )
    np.testing.assert_array_equal(open_photo(tmp_path / "a.tif", 6), bands)
    with pytest.raises(FileError, match="has 6 bands, and the model takes 5"):
        open_photo(tmp_path / "a.tif", 5)


def test_photos_come_with_the_channels_asked_for(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (9, 8, 3), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    for channels, given in ((1, 1), (3, 3), (4, 4), (None, 3)):
        assert open_photo(tmp_path / "a.png", channels).shape == (9, 8, given)
    check_photo(tmp_path / "a.png")
    (tmp_path / "b.png").write_text("none")
    with pytest.raises(FileError, match=r"b\.png"):
        check_photo(tmp_path / "b.png")
    with pytest.raises(FileError, match="no such file"):
        check_photo(tmp_path / "none.tif")


def test_sixteen_bits_span_the_range_of_eight():
    tile = np.array([0, 65535], np.uint16)
    np.testing.assert_allclose(in_range(tile), [0, 255], rtol=1e-6)
    assert in_range(np.array([7], np.uint8)).dtype == np.uint8
