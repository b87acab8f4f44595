"""The colours that masks are shown in; their class ids stay what they are."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from kerasseg.data.decoding import opened
from kerasseg.data.listing import read_lines
from kerasseg.data.palettes import voc_colormap
from kerasseg.errors import FileError


def read_palette(path: str | Path | None, classes: int) -> np.ndarray:
    """Reads the colours of classes.

    Args:
        path: A palette image, such as a mask of a data set, or a text file whose lines
            begin with red, green and blue; `None` for those of PASCAL VOC.
        classes: How many are needed.

    Returns:
        `(classes, 3)` uint8; beyond 256 the colours begin anew.

    Raises:
        FileError: The file holds no colours, or too few.
    """
    if path is None:
        return voc_colormap(256)[np.arange(classes) % 256]
    path = Path(path)
    colors = _of_picture(path) if _is_picture(path) else _of_text(path)
    if len(colors) < classes:
        raise FileError(path, f"has {len(colors)} colours for {classes} classes")
    return colors[:classes]


def read_palette_names(path: str | Path | None, classes: int) -> list[str] | None:
    """The names behind the colours of a text file, such as `colors.txt` of a run.

    Args:
        path: As for `read_palette`, which has read it before.
        classes: How many are needed.

    Returns:
        A name for each class; `None` where one has none, or two have the same.
    """
    if path is None or _is_picture(Path(path)):
        return None
    lines = read_lines(Path(path))[:classes]
    names = [re.split(r"[\s,]+", line, maxsplit=3)[3:] for line in lines]
    found = [name for parts in names for name in parts if name]
    return found if len(set(found)) == classes else None


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in (".png", ".gif", ".bmp", ".tif", ".tiff")


def _of_picture(path: Path) -> np.ndarray:
    with opened(path) as image:
        if image.mode != "P":
            raise FileError(path, "has no palette; save it as a palette PNG")
        return np.array(image.getpalette("RGB"), np.uint8).reshape(-1, 3)


def _of_text(path: Path) -> np.ndarray:
    colors = []
    for line in read_lines(path):
        parts = line.replace(",", " ").split()[:3]
        if len(parts) < 3 or not all(p.isdecimal() and int(p) < 256 for p in parts):
            raise FileError(path, f"must begin with three numbers 0…255: {line!r}")
        colors.append([int(part) for part in parts])
    return np.array(colors, np.uint8).reshape(-1, 3)
