import numpy as np
import pytest
from PIL import Image

from kerasseg.data import decoding
from kerasseg.data.tiffs import read_bands
from kerasseg.errors import FileError

tifffile = pytest.importorskip("tifffile")
GREY = {"photometric": "minisblack", "planarconfig": "contig"}


def values(shape, dtype):
    rng = np.random.default_rng(0)
    if np.issubdtype(dtype, np.floating):
        return rng.normal(size=shape).astype(dtype)
    info = np.iinfo(dtype)
    return rng.integers(info.min, info.max, shape, dtype, endpoint=True)


@pytest.mark.parametrize("byteorder", ["<", ">"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("bands", [1, 2, 3, 4, 5, 13])
@pytest.mark.parametrize("planar", ["contig", "separate"])
def test_every_band_is_kept_as_stored(tmp_path, byteorder, dtype, bands, planar):
    array = values((4, 6, bands), dtype)
    stored = array if planar == "contig" else np.moveaxis(array, -1, 0)
    if bands == 1:
        stored, planar = array[..., 0], None
    path = tmp_path / "tile.tif"
    options = {"planarconfig": planar, "byteorder": byteorder}
    tifffile.imwrite(path, stored, photometric="minisblack", **options)
    found = read_bands(path)
    assert found.dtype == dtype
    assert found.dtype.isnative
    np.testing.assert_array_equal(found, array)


@pytest.mark.parametrize("planar", ["contig", "separate"])
@pytest.mark.parametrize("shape", [(4, 4, 4), (13, 13, 13), (13, 5, 13), (1, 5, 5)])
def test_bands_as_many_as_rows_and_columns_stay_bands(tmp_path, shape, planar):
    array = values(shape, np.uint16)
    stored = array if planar == "contig" else np.moveaxis(array, -1, 0)
    path = tmp_path / "tile.tif"
    tifffile.imwrite(path, stored, photometric="minisblack", planarconfig=planar)
    np.testing.assert_array_equal(read_bands(path), array)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("extra", [[], ["unspecified"], ["unassalpha"], ["assocalpha"]])
def test_colours_and_what_comes_after_them(tmp_path, dtype, extra):
    array = values((4, 6, 3 + len(extra)), dtype)
    path = tmp_path / "tile.tif"
    options = {"planarconfig": "contig", "extrasamples": extra}
    tifffile.imwrite(path, array, photometric="rgb", **options)
    np.testing.assert_array_equal(read_bands(path), array)


@pytest.mark.parametrize("dtype", [np.int16, np.uint32, np.float64, np.float16])
def test_other_types_become_float32(tmp_path, dtype):
    array = values((4, 6, 2), dtype)
    tifffile.imwrite(tmp_path / "tile.tif", array, **GREY)
    found = read_bands(tmp_path / "tile.tif")
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, array.astype(np.float32))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_both_ways_turn_an_image_alike(tmp_path, orientation):
    array = values((4, 6), np.uint8)
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(array).save(tmp_path / "one.tif", exif=exif)
    tag = (274, 3, 1, orientation, True)
    two = np.stack([array, array], -1)
    path = tmp_path / "two.tif"
    tifffile.imwrite(path, two, extratags=[tag], **GREY)
    np.testing.assert_array_equal(
        read_bands(path)[..., 0], read_bands(tmp_path / "one.tif")[..., 0]
    )


def test_smaller_copies_do_not_count_but_other_images_do(tmp_path):
    array = values((32, 32, 5), np.uint8)
    path = tmp_path / "tile.tif"
    with tifffile.TiffWriter(path) as writer:
        writer.write(array, **GREY)
        writer.write(array[::2, ::2], subfiletype=1, **GREY)
    np.testing.assert_array_equal(read_bands(path), array)
    tifffile.imwrite(path, np.stack([array[..., 0]] * 3), photometric="minisblack")
    with pytest.raises(FileError, match="holds 3 images of one size"):
        read_bands(path)


def test_broken_files_are_named(tmp_path, monkeypatch):
    path = tmp_path / "tile.tif"
    tifffile.imwrite(path, values((9, 9, 5), np.uint16), **GREY)
    whole = path.read_bytes()
    for content in (b"", b"II*\0", whole[:20], whole[: len(whole) // 2], b"\x89PNG"):
        path.write_bytes(content)
        with pytest.raises(FileError, match=r"tile\.tif: "):
            read_bands(path)
    path.write_bytes(whole)
    monkeypatch.setattr(decoding, "MAX_PIXELS", 80)
    with pytest.raises(FileError, match="9×9 pixels; at most 80"):
        read_bands(path)
    tifffile.imwrite(path, np.zeros((4, 6), np.complex64))
    with pytest.raises(FileError, match="complex64"):
        read_bands(path)


def patched(path, tag, value):
    """Changes the value of a tag where it stands in the file."""
    with tifffile.TiffFile(path) as tiff:
        place = tiff.pages[0].tags[tag].valueoffset
    content = bytearray(path.read_bytes())
    content[place : place + 4] = value.to_bytes(4, "little")
    path.write_bytes(content)


def test_files_that_claim_more_than_they_hold(tmp_path):
    path = tmp_path / "tile.tif"
    tile = values((16, 16, 5), np.uint16)
    tifffile.imwrite(path, tile, rowsperstrip=4, **GREY)
    np.testing.assert_array_equal(read_bands(path), tile)
    patched(path, "ImageLength", 16_000_000)
    with pytest.raises(FileError, match="is damaged: 4 of 4000000 parts are in it"):
        read_bands(path)
    tifffile.imwrite(path, tile, **GREY)
    patched(path, "ImageLength", 16_000_000)
    patched(path, "RowsPerStrip", 16_000_000)
    with pytest.raises(FileError, match="bytes, which cannot make 2560000000"):
        read_bands(path)
