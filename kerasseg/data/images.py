"""Photos read through Pillow, with limits and errors that name the file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from kerasseg.errors import ArgumentError, FileError

FORMATS = ("BMP", "GIF", "JPEG", "PNG", "PPM", "TIFF", "WEBP")
MAX_PIXELS = 400_000_000
_MODES = {1: "L", 3: "RGB", 4: "RGBA"}


def read_image(path: str | Path, channels: int = 3, scale: float = 1.0) -> np.ndarray:
    """Reads a photo, turned upright as its EXIF data says.

    Args:
        path: A BMP, GIF, JPEG, PNG, PPM, TIFF or WebP file.
        channels: 1 for grey, 3 for RGB, 4 with transparency; converted if needed.
        scale: Factor to enlarge or shrink by.

    Returns:
        `(height, width, channels)`: uint8, or float32 in 0…255 for 16-bit grey, which
        has finer steps than uint8 has.

    Raises:
        FileError: There is no such file, it is no image of these formats, it is damaged
            or too large.
    """
    path = Path(path)
    if channels not in _MODES:
        raise ArgumentError(
            f"channels must be 1, 3 or 4. Received: channels={channels}"
        )
    with _opened(path) as image:
        _check_pixels(path, image.width * scale, image.height * scale)
        try:
            image = ImageOps.exif_transpose(image)
            image = _in_mode(image, channels)
            if scale != 1:
                size = [max(round(n * scale), 1) for n in image.size]
                image = image.resize(size, Image.Resampling.BICUBIC)
        except (OSError, ValueError, SyntaxError) as error:
            raise FileError(path, f"cannot be read as an image: {error}") from error
        array = np.asarray(image)
    return array.reshape(*array.shape[:2], -1)


def check_image(path: str | Path) -> tuple[int, int]:
    """Reads only the head of an image; returns its stored `(height, width)`.

    Raises:
        FileError: As `read_image`, but damage behind the head goes unnoticed.
    """
    with _opened(Path(path)) as image:
        return image.height, image.width


def _opened(path: Path) -> Image.Image:
    try:
        is_there = path.exists()
    except OSError as error:  # a name too long for the file system
        raise FileError(path, f"cannot read: {error.strerror}") from error
    if not is_there:
        raise FileError(path, "no such file")
    if path.is_dir():
        raise FileError(path, "is a folder; an image file is needed")
    limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None  # ours, just below
    try:
        image = Image.open(path, formats=FORMATS)
    except UnidentifiedImageError as error:
        known = ", ".join(FORMATS)
        raise FileError(path, f"is not an image that can be read ({known})") from error
    except (OSError, ValueError, SyntaxError) as error:
        raise FileError(path, f"cannot read: {error}") from error
    finally:
        Image.MAX_IMAGE_PIXELS = limit
    _check_pixels(path, image.width, image.height)
    return image


def _check_pixels(path: Path, width: float, height: float) -> None:
    if width * height > MAX_PIXELS:
        raise FileError(
            path,
            f"has {width:.0f}×{height:.0f} pixels; at most {MAX_PIXELS:,} are read",
        )


def _in_mode(image: Image.Image, channels: int) -> Image.Image:
    if image.mode in ("I", "F"):
        raise ValueError(
            f"mode {image.mode} has no range that is known; save 8 or 16 bit"
        )
    if image.mode.startswith("I;16"):  # Pillow would cut 16-bit values off at 255
        values = np.asarray(image, dtype=np.float32) * (255 / 65535)
        grey = Image.fromarray(values)
        return grey if channels == 1 else grey.convert("L").convert(_MODES[channels])
    return image.convert(_MODES[channels])
