"""Image files opened through Pillow, with limits and errors that name the file.

Decoders meet every kind of damage, and raise every kind of exception; `opened` turns
them all into `FileError`.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from kerasseg.errors import FileError, KerasSegError

FORMATS = ("BMP", "GIF", "JPEG", "PNG", "PPM", "TIFF", "WEBP")
MAX_PIXELS = 400_000_000
_LARGE = 50_000_000  # pixels
_MOST_PER_BYTE = 10_000  # an empty PNG has 1 000, of 1 bit a pixel 8 000

_lock = threading.Lock()
_open_files = 0
_limit_of_pillow = None


@contextmanager
def opened(
    path: Path, formats: Sequence[str] = FORMATS, frame: int = 0
) -> Iterator[Image.Image]:
    """Opens an image; whatever goes wrong until the block ends names the file.

    Args:
        path: The file.
        formats: Pillow's names of the formats that are welcome.
        frame: Which image of a file that holds several, from 0.

    Yields:
        The image, of which only the head has been read.

    Raises:
        FileError: There is no such file, it is no image of these formats, it is damaged
            or too large.
    """
    check_is_file(path)
    with (
        _limit_of_ours(),
        _damage_named(path, formats),
        # By a file, not by its name: Pillow maps a named TIFF into memory and then
        # misreads it if it is stored turned by a quarter.
        path.open("rb") as file,
        Image.open(file, formats=formats) as image,
    ):
        if frame:
            _seek(path, image, frame)
        check_pixels(path, image.width, image.height)
        _check_bytes(path, image.width * image.height)
        yield image


def upright(image: Image.Image) -> Image.Image:
    """The image decoded, turned as its EXIF data says."""
    return ImageOps.exif_transpose(image)


def check_pixels(path: Path, width: float, height: float) -> None:
    if width * height > MAX_PIXELS:
        raise FileError(
            path,
            f"has {width:.0f}×{height:.0f} pixels; at most {MAX_PIXELS:,} are read",
        )


def _check_bytes(path: Path, pixels: int) -> None:
    """Raises FileError if a large image comes in a tiny file, as bombs do."""
    size = path.stat().st_size
    if pixels > _LARGE and pixels > _MOST_PER_BYTE * size:
        raise FileError(
            path, f"claims to hold {pixels:,} pixels in {size} bytes; it is not read"
        )


def check_is_file(path: Path) -> None:
    """Raises FileError unless `path` is a file: reading a pipe would wait for ever."""
    try:
        is_there = path.exists()
    except OSError as error:  # a name too long for the file system
        raise FileError(path, f"cannot read: {error.strerror}") from error
    if not is_there and path.is_symlink():
        raise FileError(path, "is a link that leads to no file")
    if not is_there:
        raise FileError(path, "no such file")
    if path.is_dir():
        raise FileError(path, "is a folder; an image file is needed")
    if not path.is_file():
        raise FileError(path, "is no regular file; an image file is needed")


@contextmanager
def _damage_named(path: Path, formats: Sequence[str]) -> Iterator[None]:
    try:
        yield
    except KerasSegError:
        raise
    except UnidentifiedImageError as error:
        known = ", ".join(formats)
        raise FileError(path, f"is not an image that can be read ({known})") from error
    except Exception as error:  # decoders raise anything: struct.error, KeyError, ...
        text = getattr(error, "strerror", None) or " ".join(str(error).split())
        text = text or type(error).__name__
        raise FileError(path, f"cannot be read as an image: {text}") from error


def _seek(path: Path, image: Image.Image, frame: int) -> None:
    try:
        image.seek(frame)
    except EOFError as error:
        raise FileError(path, f"holds no image number {frame}") from error


@contextmanager
def _limit_of_ours() -> Iterator[None]:
    """Lifts Pillow's own limit, which is one for all threads, while files are open."""
    global _open_files, _limit_of_pillow
    with _lock:
        if _open_files == 0:
            _limit_of_pillow, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        _open_files += 1
    try:
        yield
    finally:
        with _lock:
            _open_files -= 1
            if _open_files == 0:
                Image.MAX_IMAGE_PIXELS = _limit_of_pillow
