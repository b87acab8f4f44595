"""Masks of class ids, read as the numbers that the file stores."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from kerasseg.data.decoding import opened, upright
from kerasseg.data.palettes import Palette, ids_of_colors
from kerasseg.errors import FileError, printable

FORMATS = ("BMP", "GIF", "PNG", "TIFF")  # JPEG changes ids, and PGM scales them

# Pillow stretches 2- and 4-bit grey to 0…255, and inverts it where 0 means white.
_STRETCH = {"L;2": 85, "L;4": 17}


def read_mask(
    path: str | Path, palette: Palette | None = None, frame: int = 0
) -> np.ndarray:
    """Reads a mask of class ids, turned upright as its EXIF data says.

    Grey values and the indices of a palette image are the class ids, as stored: 1 to 16
    bits, and 32-bit TIFF. Colours become class ids through `palette`.

    Args:
        path: A BMP, GIF, PNG or TIFF file; formats that keep every id as it was.
        palette: For masks stored in RGB: `(classes, 3)` colours, or a mapping from
            `(r, g, b)` to class id. Grey and palette images do not need it.
        frame: Which image of a TIFF that holds several, from 0.

    Returns:
        `(height, width)` int32.

    Raises:
        FileError: There is no such file, it is no image of these formats, it is damaged
            or too large, it holds colours and there is no palette, or a colour is not
            in the palette.

    Example:

    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "mask.png"
    >>> Image.fromarray(np.array([[0, 7]], np.uint8)).save(path)
    >>> read_mask(path)
    array([[0, 7]], dtype=int32)
    """
    path = Path(path)
    with opened(path, FORMATS, frame) as image:
        stored = _raw_mode(image)
        if stored.startswith("LA;16"):  # Pillow keeps 8 of the bits
            raise FileError(
                path, "is 16-bit grey with transparency; save it without transparency"
            )
        image = upright(image)
        if image.mode in ("LA", "RGBA"):
            image = _without_alpha(path, image)
        if image.mode == "RGB":
            return _by_color(path, np.asarray(image), palette)
        if image.mode not in ("1", "L", "P", "I") and "I;16" not in image.mode:
            raise FileError(
                path,
                f"has mode {image.mode}; a mask needs integers: grey, palette or RGB",
            )
        ids = np.asarray(image).astype(np.int32)  # (H, W)
    if ids.min() < 0:
        raise FileError(path, f"holds class ids below 0, the lowest {ids.min()}")
    return _unstretched(ids, stored)


def same_size(path: Path, mask: np.ndarray, other: np.ndarray, of: Path) -> None:
    """Raises FileError unless a mask has the height and width of its partner."""
    height, width = other.shape[:2]
    if mask.shape != (height, width):
        turned = mask.shape == (width, height)
        hint = "; is one of the two turned by its EXIF data?" if turned else ""
        raise FileError(
            path,
            f"is {mask.shape[1]}×{mask.shape[0]} pixels, its partner {printable(of)} "
            f"is {width}×{height}{hint}",
        )


def look_up(ids: np.ndarray, table: np.ndarray, path: Path) -> np.ndarray:
    """The class of every id by a table; -1 in it marks ids that must not occur.

    Raises:
        FileError: The mask holds an id without class.
    """
    inside = (ids >= 0) & (ids < len(table))
    classes = np.where(inside, table[np.where(inside, ids, 0)], -1).astype(np.int32)
    if (classes < 0).any():
        known = ranges(np.flatnonzero(table >= 0))
        raise FileError(path, _strange(ids, classes < 0, known))
    return classes


def check_ids(
    mask: np.ndarray, classes: int, ignore_class: int | None, path: Path
) -> None:
    """Raises FileError if the mask holds anything but classes and the ignored one."""
    wrong = (mask < 0) | (mask >= classes)
    if ignore_class is not None:
        wrong &= mask != ignore_class
    if wrong.any():
        ignored = "" if ignore_class is None else f" and {ignore_class} (ignored)"
        raise FileError(path, _strange(mask, wrong, f"0…{classes - 1}{ignored}"))


def ranges(ids: np.ndarray) -> str:
    """`[0, 1, 2, 7]` as "0…2, 7"."""
    runs = np.split(ids, np.flatnonzero(np.diff(ids) > 1) + 1)
    return ", ".join(
        f"{run[0]}" if len(run) == 1 else f"{run[0]}…{run[-1]}" for run in runs
    )


def _strange(ids: np.ndarray, wrong: np.ndarray, known: str) -> str:
    found = np.unique(ids[wrong])
    shown = ", ".join(map(str, found[:5])) + (", …" if found[5:].size else "")
    row, column = np.argwhere(wrong)[0]
    return (
        f"holds class ids that there are not: {shown} ({wrong.sum()} pixels, the first "
        f"in row {row}, column {column}); known are {known}"
    )


def _by_color(path: Path, pixels: np.ndarray, palette: Palette | None) -> np.ndarray:
    if palette is None:
        raise FileError(
            path, "is stored in RGB; say by a palette which colour is which class"
        )
    ids = ids_of_colors(pixels, palette)  # (H, W)
    if (ids < 0).any():
        row, column = np.argwhere(ids < 0)[0]
        color = tuple(pixels[row, column].tolist())
        raise FileError(
            path,
            f"holds colours that are not in the palette ({(ids < 0).sum()} pixels, the "
            f"first in row {row}, column {column}: {color})",
        )
    return ids


def _without_alpha(path: Path, image: Image.Image) -> Image.Image:
    if image.getchannel("A").getextrema() != (255, 255):
        raise FileError(path, "is transparent in places, which have no class")
    return image.convert(image.mode.removesuffix("A"))


def _raw_mode(image: Image.Image) -> str:
    """How Pillow calls the stored samples, "L;4" for example; "" if it does not say."""
    arguments = image.tile[0].args if image.tile else None
    if isinstance(arguments, (tuple, list)) and arguments:
        arguments = arguments[0]
    return arguments if isinstance(arguments, str) else ""


def _unstretched(ids: np.ndarray, stored: str) -> np.ndarray:
    kind = stored.removesuffix("R")  # bits in reverse order
    if kind.startswith("L;") and kind.endswith("I"):
        ids = 255 - ids
    elif kind == "1;I":
        ids = 1 - ids
    return ids // _STRETCH.get(kind.removesuffix("I"), 1)
