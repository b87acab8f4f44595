import struct
import zlib

import numpy as np
import pytest
from checks.data_folders import ids, write
from PIL import Image

from kerasseg.data import read_mask, voc_colormap
from kerasseg.data.masks import check_ids, look_up, ranges, same_size
from kerasseg.errors import FileError

tifffile = pytest.importorskip("tifffile")


def png(path, bits, rows, palette=None):
    """A PNG by the letter of its specification: Pillow writes few grey depths."""
    height, width = rows.shape
    samples = np.unpackbits(rows.astype(np.uint8)[..., None], axis=-1)[..., 8 - bits :]
    packed = np.packbits(samples.reshape(height, -1), axis=1)
    raw = b"".join(b"\0" + row.tobytes() for row in packed)
    head = struct.pack(">IIBBBBB", width, height, bits, 3 if palette else 0, 0, 0, 0)
    chunks = [(b"IHDR", head), (b"IDAT", zlib.compress(raw)), (b"IEND", b"")]
    if palette:
        chunks.insert(1, (b"PLTE", palette))
    with path.open("wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n")
        for name, data in chunks:
            crc = struct.pack(">I", zlib.crc32(name + data))
            file.write(struct.pack(">I", len(data)) + name + data + crc)
    return path


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
@pytest.mark.parametrize("palette", [None, bytes(range(6, 54))])
def test_ids_of_every_depth_of_png_are_those_stored(tmp_path, bits, palette):
    rows = ids(min(2**bits, 16), height=5, width=7)
    found = read_mask(png(tmp_path / "m.png", bits, rows, palette))
    assert found.dtype == np.int32
    np.testing.assert_array_equal(found, rows)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int32])
@pytest.mark.parametrize("photometric", ["minisblack", "miniswhite"])
@pytest.mark.parametrize("byteorder", ["<", ">"])
def test_ids_of_tiff_are_those_stored(tmp_path, dtype, photometric, byteorder):
    if photometric == "miniswhite" and (dtype == np.int32 or byteorder == ">"):
        pytest.skip("Pillow refuses this kind")
    rows = ids(200).astype(dtype) * (300 if dtype != np.uint8 else 1)
    path = tmp_path / "m.tif"
    tifffile.imwrite(path, rows, photometric=photometric, byteorder=byteorder)
    np.testing.assert_array_equal(read_mask(path), rows)


@pytest.mark.parametrize("ending", ["bmp", "gif", "png", "tif"])
@pytest.mark.parametrize("mode", ["L", "P", "1"])
def test_formats(tmp_path, ending, mode):
    rows = ids(2 if mode == "1" else 9)
    image = Image.fromarray(rows * np.uint8(255 if mode == "1" else 1))
    if mode == "P":
        image.putpalette(voc_colormap(9).tobytes())
    elif mode == "1":
        image = image.convert("1")
    path = tmp_path / f"M.{ending.upper()}"
    image.save(path)
    if ending == "gif" and mode == "1":
        rows = rows * (read_mask(path).max() // rows.max())  # GIF has no such mode
    np.testing.assert_array_equal(read_mask(path), rows)


@pytest.mark.parametrize("orientation", [1, 2, 3, 4, 5, 6, 7, 8])
@pytest.mark.parametrize("ending", ["png", "tif"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_masks_are_turned_as_images_are(tmp_path, orientation, ending, dtype):
    turn = {
        1: lambda a: a,
        2: np.fliplr,
        3: lambda a: np.rot90(a, 2),
        4: np.flipud,
        5: np.transpose,
        6: lambda a: np.rot90(a, -1),
        7: lambda a: np.rot90(a, 2).T,
        8: np.rot90,
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    rows = ids(9).astype(dtype)
    path = write(tmp_path / f"m.{ending}", rows, exif=exif)
    np.testing.assert_array_equal(read_mask(path), turn(rows))


COLORS = np.array([[0, 0, 0], [128, 64, 0], [128, 64, 1]], np.uint8)


@pytest.mark.parametrize(
    ("palette", "expected"),
    [(COLORS, [0, 1, 2]), ({tuple(c.tolist()): 2 for c in COLORS}, [2, 2, 2])],
)
@pytest.mark.parametrize("alpha", [False, True])
def test_colours_become_ids_by_the_palette(tmp_path, palette, expected, alpha):
    pixels = COLORS[ids(3)]
    if alpha:
        pixels = np.concatenate([pixels, np.full((4, 6, 1), 255, np.uint8)], axis=-1)
    path = write(tmp_path / "m.png", pixels)
    np.testing.assert_array_equal(read_mask(path, palette), np.array(expected)[ids(3)])


def test_colours_without_palette_and_beside_it(tmp_path):
    path = write(tmp_path / "m.png", COLORS[ids(3)])
    with pytest.raises(FileError, match=r"m\.png: is stored in RGB"):
        read_mask(path)
    pixels = np.zeros((3, 3, 3), np.uint8)
    pixels[1, 2] = 7, 8, 9
    write(path, pixels)
    with pytest.raises(FileError, match=r"1 pixels.*row 1, column 2: \(7, 8, 9\)"):
        read_mask(path, COLORS)


@pytest.mark.parametrize(
    ("name", "array", "message"),
    [
        ("m.tif", np.zeros((2, 2), np.float32), "has mode F"),
        ("m.png", np.zeros((2, 2, 4), np.uint8), "is transparent in places"),
        ("m.png", np.zeros((2, 2, 2), np.uint8), "is transparent in places"),
        ("m.tif", np.full((2, 2), -1, np.int32), "class ids below 0, the lowest -1"),
        ("m.jpg", np.zeros((8, 8), np.uint8), r"\(BMP, GIF, PNG, TIFF\)"),
        ("m.pgm", np.zeros((8, 8), np.uint8), r"\(BMP, GIF, PNG, TIFF\)"),
    ],
)
def test_what_holds_no_ids_is_refused(tmp_path, name, array, message):
    path = write(tmp_path / name, array)
    with pytest.raises(FileError, match=rf"{name}: .*{message}"):
        read_mask(path)


def test_deep_grey_with_transparency_is_refused_in_true_words(tmp_path):
    height, width = 2, 3
    head = struct.pack(">IIBBBBB", width, height, 16, 4, 0, 0, 0)
    rows = (b"\0" + struct.pack(">6H", 5, 65535, 300, 65535, 1000, 65535)) * height
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    chunks = (
        struct.pack(">I", len(data))
        + kind
        + data
        + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )
    path = tmp_path / "m.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(chunks))
    for palette in (None, COLORS):
        with pytest.raises(FileError, match="16-bit grey with transparency"):
            read_mask(path, palette)


def test_ids_beyond_the_classes_are_told_with_their_place(tmp_path):
    mask = np.zeros((3, 4), np.int32)
    check_ids(mask, 2, None, tmp_path)
    mask[1, 2], mask[2, 0] = 255, 7
    check_ids(np.where(mask == 7, 1, mask), 2, 255, tmp_path)
    with pytest.raises(FileError, match=r"not: 7 \(1 pixels.*row 2, column 0.*0…1 and"):
        check_ids(mask, 2, 255, tmp_path)
    with pytest.raises(FileError, match=r"not: 7, 255 \(2 pixels"):
        check_ids(mask, 2, None, tmp_path)


def test_look_up(tmp_path):
    table = np.array([5, -1, 6])
    np.testing.assert_array_equal(
        look_up(np.array([[0, 2]]), table, tmp_path), [[5, 6]]
    )
    for wrong in (1, 3):
        with pytest.raises(FileError, match=rf"not: {wrong} .*known are 0, 2"):
            look_up(np.array([[0, wrong]]), table, tmp_path)


def test_ranges():
    assert ranges(np.array([0, 1, 2, 7, 9, 10])) == "0…2, 7, 9…10"


def test_sizes_must_agree(tmp_path):
    mask = np.zeros((4, 6), np.int32)
    same_size(tmp_path, mask, np.zeros((4, 6, 3)), tmp_path)
    with pytest.raises(FileError, match=r"is 6×4 pixels.*is 4×6; is one of the two"):
        same_size(tmp_path, mask, np.zeros((6, 4, 3)), tmp_path)
