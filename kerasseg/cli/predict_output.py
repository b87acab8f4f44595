"""What `kerasseg predict` writes for a photo, and how it knows what it wrote before."""

from __future__ import annotations

import argparse
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from kerasseg.cli.output_folder import make_folder
from kerasseg.cli.predict_image import in_range
from kerasseg.cli.predict_inputs import Job
from kerasseg.errors import FileError
from kerasseg.files import atomic_path

_NOTE = "kerasseg"
_END = b"\0\0\0\0IEND\xaeB`\x82"  # of every PNG
_LONGEST = 4096  # pixels along the longer side of an overlay
_OPACITY = 0.5


def write_result(
    job: Job,
    image: np.ndarray,
    labels: np.ndarray,
    colors: np.ndarray,
    background: int | None,
    note: str,
    options: argparse.Namespace,
) -> None:
    """Writes the overlay, if asked for, and then the mask: with it the job is done.

    Each file is written whole or not at all, so a run may be killed at any moment.

    Raises:
        FileError: A file cannot be written.
    """
    replaces = options.overwrite or options.resume
    make_folder(job.mask.parent)
    if options.overlay:
        with atomic_path(job.overlay, replaces) as temporary:
            overlay_of(image, labels, colors, background).save(temporary, format="PNG")
    info = PngInfo()
    info.add_text(_NOTE, note)
    with atomic_path(job.mask, replaces) as temporary:
        mask_of(labels, colors).save(temporary, format="PNG", pnginfo=info)


def is_done(job: Job, note: str, overlay: bool) -> bool:
    """Whether a mask is there already, whole, and its overlay if that is asked for.

    Raises:
        FileError: It is there, but by another net or with other options; or it cannot
            be read.
    """
    if not job.mask.exists():
        return False
    if _head(job.mask)[1] != note:
        raise FileError(
            job.mask,
            "was made by another model, with other options or of another image; pass "
            "--overwrite to replace it, or choose another folder",
        )
    return _is_whole(job.mask) and (not overlay or _is_whole(job.overlay))


def stored_report(job: Job) -> dict:
    """What is known of a photo that was done before."""
    return {
        "image": str(job.image),
        "size": list(_head(job.mask)[0]),
        "mask": str(job.mask),
        "skipped": True,
    }


def is_result(path: Path) -> bool:
    """Whether a picture is a mask or an overlay of this command."""
    if path.name.endswith("_overlay.png"):
        return True
    return path.suffix == ".png" and _head(path)[1] is not None


def mask_of(labels: np.ndarray, colors: np.ndarray) -> Image.Image:
    """A picture whose values are the class ids, coloured by a palette.

    Args:
        labels: `(height, width)` uint8, or uint16, which has no palette.
        colors: `(classes, 3)` uint8.
    """
    labels = np.ascontiguousarray(labels)
    size = labels.shape[1], labels.shape[0]
    if labels.dtype != np.uint8:
        return Image.fromarray(labels)
    # Not copied: the labels of a large image are in a file.
    mask = Image.frombuffer("P", size, labels, "raw", "P", 0, 1)
    mask.putpalette(colors.astype(np.uint8).tobytes())
    return mask


def overlay_of(
    image: np.ndarray,
    labels: np.ndarray,
    colors: np.ndarray,
    background: int | None = 0,
) -> Image.Image:
    """The photo with its classes in colour; the background stays as it is.

    Large photos are shown smaller, by whole pixels left out.
    """
    # Here, for it loads Keras: what is checked before that imports this module too.
    from kerasseg.visualize.overlay_colors import overlay_colors

    step = -(-max(labels.shape) // _LONGEST)
    labels = np.asarray(labels[::step, ::step])
    photo = _as_rgb(np.asarray(image[::step, ::step]))
    colored = (1 - _OPACITY) * photo + _OPACITY * overlay_colors(colors)[labels]
    shown = colored
    if background is not None:
        shown = np.where(labels[..., None] == background, photo, colored)
    return Image.fromarray(shown.round().astype(np.uint8))


def _head(path: Path) -> tuple[tuple[int, int], str | None]:
    """Height, width and note of a mask, however large it is."""
    size, note = (0, 0), None
    with _opened(path) as file:
        file.seek(8)
        while len(head := file.read(8)) == 8:
            length, kind = struct.unpack(">I4s", head)
            if kind == b"IDAT":
                break
            content = file.read(length)
            file.seek(4, 1)  # the checksum
            if kind == b"IHDR" and len(content) == length:
                size = struct.unpack(">II", content[:8])[::-1]
            if kind == b"tEXt" and content.startswith(_NOTE.encode() + b"\0"):
                note = content[len(_NOTE) + 1 :].decode("latin-1")
            if kind == b"iTXt" and content.startswith(_NOTE.encode() + b"\0"):
                note = content.split(b"\0", 5)[-1].decode("utf-8", "replace")
    return size, note


def _is_whole(path: Path) -> bool:
    """Whether a picture is there to its end, which a full or broken disk may cut."""
    if not path.exists():
        return False
    with _opened(path) as file:
        file.seek(0, 2)
        file.seek(max(file.tell() - len(_END), 0))
        return file.read() == _END


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    try:
        with path.open("rb") as file:
            yield file
    except OSError as error:
        raise FileError(path, f"cannot be read: {error.strerror}") from error


def _as_rgb(photo: np.ndarray) -> np.ndarray:
    """Values 0…255 as `(height, width, 3)`."""
    if photo.ndim == 2:
        photo = photo[..., None]
    photo = in_range(photo).astype(np.float32)
    if photo.shape[-1] not in (3, 4):
        photo = photo[..., :1].repeat(3, axis=-1)
    return photo[..., :3].clip(0, 255)
