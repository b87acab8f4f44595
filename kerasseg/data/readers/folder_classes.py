"""What the ids in plain masks mean: from a file of names, or from the masks alone."""

from __future__ import annotations

import contextlib
import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from kerasseg.data.class_names import read_class_names
from kerasseg.data.dataset import Source
from kerasseg.data.listing import raise_problems
from kerasseg.data.masks import read_mask
from kerasseg.data.palettes import Palette
from kerasseg.errors import FileError

CLASS_FILES = ("classes.txt", "classes.json", "class_dict.csv")
_IGNORED = 255
_BLACK_AND_WHITE = np.full(256, -1)
_BLACK_AND_WHITE[[0, _IGNORED]] = 0, 1


def read_class_file(path: Path) -> tuple[list[str] | None, np.ndarray | None]:
    """Names and, if the file has them, colours."""
    for name in CLASS_FILES:
        file = path / name
        if file.exists():
            is_table = file.suffix == ".csv"
            return _read_table(file) if is_table else (read_class_names(file), None)
    return None, None


def _read_table(file: Path) -> tuple[list[str], np.ndarray]:
    """Lines of `name,r,g,b` below a line of headings."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            rows = [row for row in csv.reader(lines) if row][1:]
        names = [row[0].strip() for row in rows]
        colors = np.array([[int(c) for c in row[1:4]] for row in rows])
    except (OSError, ValueError, IndexError, csv.Error) as error:
        raise FileError(file, "must hold lines of name,r,g,b") from error
    if colors.shape != (len(names), 3) or not ((colors >= 0) & (colors < 256)).all():
        raise FileError(file, "must hold lines of name,r,g,b, colours 0…255")
    return names, colors.astype(np.uint8)


def find_classes(
    path: Path,
    sources: Sequence[Source],
    names: list[str] | None,
    palette: Palette | None,
    ignore_class: int | None,
) -> tuple[list[str], np.ndarray | None, int | None]:
    """Class names, table of classes by stored id if one is needed, ignored label."""
    suspect = names is not None and len(names) == 2 and ignore_class is None
    if names is not None and not (suspect and _first_ids(sources, palette) == [0, 255]):
        if ignore_class is None and len(names) <= _IGNORED:
            ignore_class = _IGNORED
        return names, None, ignore_class
    ids = _all_ids(path, sources, palette)
    if ids == [0, 255] and ignore_class is None:
        return names or ["background", "foreground"], _BLACK_AND_WHITE, None
    if ignore_class is None and (names is not None or _IGNORED in ids):
        ignore_class = _IGNORED
    highest = max((i for i in ids if i != ignore_class), default=0)
    names = names or [f"class {i}" for i in range(highest + 1)]
    return names, None, ignore_class


def _first_ids(sources: Sequence[Source], palette: Palette | None) -> list[int]:
    """The ids in the first mask that can be read."""
    for source in sources:
        with contextlib.suppress(FileError):  # reading the data set will name it
            return np.unique(read_mask(source.mask_path, palette)).tolist()
    return []


def _all_ids(
    path: Path, sources: Sequence[Source], palette: Palette | None
) -> list[int]:
    ids, problems = set(), []
    for source in sources:
        try:
            ids.update(np.unique(read_mask(source.mask_path, palette)).tolist())
        except FileError as error:
            problems.append((error.path, error.problem))
    raise_problems(path, problems)
    return sorted(ids)
