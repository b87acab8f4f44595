"""A photo as `kerasseg predict` reads it: whole, or in pieces where it is large."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from kerasseg.data.decoding import opened
from kerasseg.data.images import read_image
from kerasseg.data.tiffs import read_bands
from kerasseg.errors import FileError

# From here on a TIFF is mapped where its pixels lie in one piece.
LARGE = 50_000_000
_TIFF = (".tif", ".tiff")


def check_photo(path: Path) -> None:
    """Looks at the head of an image.

    Raises:
        FileError: There is no such file, or it is no image.
    """
    if path.suffix.lower() in _TIFF and path.is_file():
        return  # there are more kinds, and larger ones, than Pillow knows
    with opened(path):
        pass


def open_photo(path: Path, channels: int | None, large: int = LARGE) -> np.ndarray:
    """Opens a photo.

    Args:
        path: An image file.
        channels: How many the net takes: 1, 3 or 4 as grey, RGB or with transparency;
            others are the bands of a TIFF. `None` for those of the file.
        large: Bytes from which an uncompressed TIFF is mapped.

    Returns:
        `(height, width, channels)` or, mapped, `(height, width)`: uint8, uint16 or
        float32.

    Raises:
        FileError: The file cannot be read, or has other channels.
    """
    if path.suffix.lower() in _TIFF:
        mapped = _mapped(path, large)
        if mapped is not None and channels in (None, _bands(mapped)):
            return mapped
        if channels not in (1, 3, 4):
            return _with_bands(path, channels)
    return read_image(path, 3 if channels is None else channels)


def in_range(tile: np.ndarray) -> np.ndarray:
    """Values 0…255, as photos have them; those of 16 bits have finer steps."""
    if tile.dtype == np.uint16:
        return tile * np.float32(255 / 65535)
    return tile


def _is_as_stored(page) -> bool:
    """Whether stored values are grey or colours, upright, the channels together."""
    orientation = page.tags.get(274)
    return (
        (orientation is None or orientation.value == 1)
        and page.photometric in (1, 2)  # no palette, and 0 is black
        and (page.planarconfig == 1 or page.ndim == 2)
    )


def _with_bands(path: Path, channels: int | None) -> np.ndarray:
    image = read_bands(path)
    if channels not in (None, image.shape[-1]):
        raise FileError(
            path, f"has {image.shape[-1]} bands, and the model takes {channels}"
        )
    return image


def _bands(image: np.ndarray) -> int:
    return image.shape[2] if image.ndim == 3 else 1


def _mapped(path: Path, large: int) -> np.ndarray | None:
    """A large TIFF as a memory map, or `None` where it is small or compressed."""
    if not path.is_file() or path.stat().st_size < large:
        return None
    try:
        import tifffile
    except ImportError:  # Pillow reads it, up to its limit
        return None
    try:
        with tifffile.TiffFile(path) as tiff:
            if not _is_as_stored(tiff.pages[0]):
                return None
        image = tifffile.memmap(path, page=0, mode="r")
    except Exception:  # compressed, tiled, damaged: the readers of whole files say what
        return None
    is_known = image.dtype in (np.uint8, np.uint16, np.float32)
    return image if is_known and image.dtype.isnative and image.ndim in (2, 3) else None
