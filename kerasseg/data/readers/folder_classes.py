"""What the ids in plain masks mean: from a file of names, or from the masks alone."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from kerasseg.data.class_names import read_class_names
from kerasseg.data.listing import raise_problems
from kerasseg.data.masks import read_mask
from kerasseg.data.palettes import Palette
from kerasseg.errors import FileError

CLASS_FILES = ("classes.txt", "classes.json", "class_dict.csv")
_IGNORED = 255
_THREADS, _AT_ONCE = 4, 16  # decoding runs outside Python's lock
_BLACK_AND_WHITE = np.full(256, -1)
_BLACK_AND_WHITE[[0, _IGNORED]] = 0, 1


def has_class_file(path: Path) -> bool:
    return any((path / name).exists() for name in CLASS_FILES)


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
    masks: Sequence[Path],
    names: list[str] | None,
    palette: Palette | None,
    ignore_class: int | None,
) -> tuple[list[str], np.ndarray | None, int | None]:
    """Class names, table of classes by stored id if one is needed, ignored label.

    Args:
        path: Of the data set, for messages.
        masks: Those of all splits, or ids would mean one thing in one and another in
            the next.
        names: Class names, if known.
        palette: Colours of masks stored in RGB.
        ignore_class: The ignored label, if known.

    Raises:
        DataError: `names` are to be found out, and masks cannot be read.
    """
    ids = None if names is not None else _all_ids(path, masks, palette)
    if ignore_class is None and _are_black_and_white(masks, names, ids, palette):
        return names or ["background", "foreground"], _BLACK_AND_WHITE, None
    if names is not None:
        if ignore_class is None and len(names) <= _IGNORED:
            ignore_class = _IGNORED
        return names, None, ignore_class
    if ignore_class is None and _IGNORED in ids:
        ignore_class = _IGNORED
    highest = max((i for i in ids if i != ignore_class), default=0)
    return [f"class {i}" for i in range(highest + 1)], None, ignore_class


def _are_black_and_white(
    masks: Sequence[Path],
    names: list[str] | None,
    ids: set[int] | None,
    palette: Palette | None,
) -> bool:
    """Whether masks of two classes hold 0 and 255 alone; read until that is certain."""
    if ids is None:
        ids = set()
        for found in _ids_of_each(masks, palette) if len(names) == 2 else ():
            # Masks that cannot be read are named where the data set is read.
            ids |= set() if isinstance(found, FileError) else found
            if not ids <= {0, _IGNORED}:
                return False
    return _IGNORED in ids and ids <= {0, _IGNORED}


def _all_ids(path: Path, masks: Sequence[Path], palette: Palette | None) -> set[int]:
    ids, problems = set(), []
    for found in _ids_of_each(masks, palette):
        if isinstance(found, FileError):
            problems.append((found.path, found.problem))
        else:
            ids |= found
    raise_problems(path, problems)
    return ids


def _ids_of_each(
    masks: Sequence[Path], palette: Palette | None
) -> Iterator[set[int] | FileError]:
    """The ids in each mask, or why it cannot be read."""

    def ids_of(file: Path) -> set[int] | FileError:
        try:
            ids = read_mask(file, palette)
        except FileError as error:
            return error
        return set(np.unique(ids).tolist())

    with ThreadPoolExecutor(_THREADS) as pool:
        for start in range(0, len(masks), _AT_ONCE):  # whoever asks may stop early
            yield from pool.map(ids_of, masks[start : start + _AT_ONCE])
