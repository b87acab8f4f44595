"""Photos read through Pillow, with limits and errors that name the file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from kerasseg.data.decoding import check_pixels, opened, upright
from kerasseg.errors import ArgumentError

_MODES = {1: "L", 3: "RGB", 4: "RGBA"}


def read_image(
    path: str | Path, channels: int = 3, scale: float = 1.0, frame: int = 0
) -> np.ndarray:
    """Reads a photo, turned upright as its EXIF data says.

    Args:
        path: A BMP, GIF, JPEG, PNG, PPM, TIFF or WebP file.
        channels: 1 for grey, 3 for RGB, 4 with transparency; converted if needed.
        scale: Factor to enlarge or shrink by.
        frame: Which image of a TIFF that holds several, from 0.

    Returns:
        `(height, width, channels)`: uint8, or float32 in 0…255 for 16-bit grey read
        with one channel, which has finer steps than uint8 has. Of 16-bit colours, and
        of 16-bit grey read as colours, the upper 8 bits are read.

    Raises:
        FileError: There is no such file, it is no image of these formats, it is damaged
            or too large.

    Example:

    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "photo.png"
    >>> Image.new("RGB", (7, 5)).save(path)
    >>> read_image(path).shape
    (5, 7, 3)
    """
    path = Path(path)
    if channels not in _MODES:
        raise ArgumentError(
            f"channels must be 1, 3 or 4. Received: channels={channels}"
        )
    with opened(path, frame=frame) as image:
        check_pixels(path, image.width * scale, image.height * scale)
        image = _in_mode(upright(image), channels)
        if scale != 1:
            size = [max(round(n * scale), 1) for n in image.size]
            image = image.resize(size, Image.Resampling.BICUBIC)
        array = np.asarray(image)
    if array.dtype == np.float32:  # cubic weights go beyond the values at an edge
        array = array.clip(0, 255)
    return array.reshape(*array.shape[:2], -1)  # (H, W, C)


def check_image(path: str | Path) -> tuple[int, int]:
    """Reads only the head of an image; returns its stored `(height, width)`.

    Raises:
        FileError: As `read_image`, but damage behind the head goes unnoticed.
    """
    with opened(Path(path)) as image:
        return image.height, image.width


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
