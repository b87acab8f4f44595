"""TIFF images of any number of bands: satellites, aerial surveys, microscopes.

Pillow reads the simple ones exactly: 8 bits in one, three or four bands, 16 bits or
floating point in one. Others it cannot read, or would cut off; tifffile reads those.
"""

from __future__ import annotations

import math
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from PIL import TiffImagePlugin

from kerasseg.data.decoding import check_is_file, check_pixels, opened, upright
from kerasseg.errors import FileError, KerasSegError, MissingPackageError

# Bits of the samples that Pillow keeps as they are, by mode.
_BITS = {
    "L": (8,),
    "I;16": (16,),
    "I;16B": (16,),
    "F": (32,),
    "RGB": (8, 8, 8),
    "RGBA": (8, 8, 8, 8),
}
_HEADS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_PREMULTIPLIED = (1,)
_MAX_BANDS = 1000
_MOST_COMPRESSED = 2000  # the usual ways of compression shrink by at most 1400
_ORIENTATION, _BAND_BY_BAND = 274, 2


def read_bands(path: str | Path) -> np.ndarray:
    """Reads a TIFF of any number of bands, turned upright as its tags say.

    Args:
        path: A TIFF file that holds one image; smaller copies beside it do not count.

    Returns:
        `(height, width, bands)`: uint8, uint16 or float32 as stored; float32 for the
        other types of numbers.

    Raises:
        FileError: There is no such file, it is no TIFF, it is damaged or too large, or
            it holds several images.
        MissingPackageError: The file needs tifffile, which is not installed.

    Example:

    >>> import tempfile
    >>> from PIL import Image
    >>> path = Path(tempfile.mkdtemp()) / "tile.tif"
    >>> Image.fromarray(np.zeros((4, 6), np.uint16)).save(path)
    >>> read_bands(path).shape
    (4, 6, 1)
    """
    path = Path(path)
    check_is_file(path)
    array = _by_pillow(path)
    if array is None:
        array = _by_tifffile(path)
    native = array.dtype.newbyteorder("=")
    array = np.ascontiguousarray(array.reshape(*array.shape[:2], -1), native)
    if native in (np.uint8, np.uint16, np.float32):
        return array  # (H, W, bands)
    if array.dtype.kind not in "biuf":
        raise FileError(path, f"holds numbers of type {array.dtype}, which have no use")
    return array.astype(np.float32)


def _by_pillow(path: Path) -> np.ndarray | None:
    """The image, or None where Pillow cannot read it exactly."""
    exact = False
    try:
        with opened(path, ("TIFF",)) as image:
            exact = _is_exact(image)
            return np.asarray(upright(image)) if exact else None
    except FileError:
        if exact or not _is_tiff(path):
            raise
        return None


def _is_exact(image: Any) -> bool:
    tags = image.tag_v2
    bits = tuple(tags.get(TiffImagePlugin.BITSPERSAMPLE, ()))
    kinds = set(tags.get(TiffImagePlugin.SAMPLEFORMAT, (1,)))
    return (
        bits == _BITS.get(image.mode)
        and kinds == {3 if image.mode == "F" else 1}
        and tags.get(TiffImagePlugin.PHOTOMETRIC_INTERPRETATION) in (1, 2)
        and tags.get(TiffImagePlugin.EXTRASAMPLES) != _PREMULTIPLIED
        and image.n_frames == 1
    )


def _is_tiff(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(4) in _HEADS
    except OSError:
        return False


def _by_tifffile(path: Path) -> np.ndarray:
    tifffile = _tifffile()
    try:
        with tifffile.TiffFile(path) as tiff:
            page = _only_page(path, tiff)
            _check_promises(path, page)
            array = page.asarray(maxworkers=1)
            shape = (page.imagelength, page.imagewidth)
            is_by_band = page.planarconfig == _BAND_BY_BAND
            tag = page.tags.get(_ORIENTATION)
    except KerasSegError:
        raise
    except Exception as error:  # on damage, anything: struct.error, KeyError, ...
        text = " ".join(str(error).split()) or type(error).__name__
        raise FileError(path, f"cannot be read as a TIFF: {text}") from error
    if array.ndim == 3 and is_by_band:
        array = np.moveaxis(array, 0, -1)
    if array.ndim not in (2, 3) or array.shape[:2] != shape:
        raise FileError(path, f"holds an array of shape {array.shape}, not an image")
    return _turned(array, tag.value if tag else 1)


def _only_page(path: Path, tiff: Any) -> Any:
    """The first page, if no other is an image of that size."""
    if not len(tiff.pages):
        raise FileError(path, "holds no image")
    first = tiff.pages[0]
    same = [page for page in tiff.pages if page.shape == first.shape]
    if len(same) > 1:
        raise FileError(
            path,
            f"holds {len(same)} images of one size; bands must be stored as the "
            "samples of one image",
        )
    return first


def _check_promises(path: Path, page: Any) -> None:
    """Raises FileError for a page that claims to hold more than the file could."""
    check_pixels(path, page.imagewidth, page.imagelength)
    if page.samplesperpixel > _MAX_BANDS:
        raise FileError(path, f"has {page.samplesperpixel} bands")
    parts, there = math.prod(page.chunked), len(page.dataoffsets)
    if parts > there:
        raise FileError(path, f"is damaged: {there} of {parts} parts are in it")
    size = path.stat().st_size
    if page.nbytes > _MOST_COMPRESSED * size:
        raise FileError(path, f"holds {size} bytes, which cannot make {page.nbytes}")


def _turned(array: np.ndarray, orientation: int) -> np.ndarray:
    if orientation in (5, 6, 7, 8):
        array = array.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        array = array[::-1]
    if orientation in (2, 3, 6, 7):
        array = array[:, ::-1]
    return array


def _tifffile() -> ModuleType:
    try:
        import tifffile
    except ImportError as error:
        raise MissingPackageError(
            "tifffile", "data", "Reading a TIFF of several bands"
        ) from error
    return tifffile
