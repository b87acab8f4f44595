"""Parts of a data set: train, validation, test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from kerasseg.data.dataset import Source
from kerasseg.data.listing import check_folder, is_clutter, read_lines
from kerasseg.errors import ArgumentError, FileError, did_you_mean, printable

Part = TypeVar("Part")

_WHOLE = "trainval"


def pick_splits(
    path: Path, parts: Mapping[str, Part], split: str | None
) -> tuple[dict[str, Part], tuple[str, ...]]:
    """The parts asked for, and the names of all; "" is the name of a sole part.

    Raises:
        FileError: There are no parts, so that this is no data set of the format.
        ArgumentError: There is no such split.
    """
    if not parts:
        raise FileError(path, "holds no images and masks in the layout of this format")
    available = tuple(name for name in parts if name)
    if split is None:
        return dict(parts), available
    if split not in available:
        there = ", ".join(available) or "none"
        raise ArgumentError(
            f"{printable(path)} has no such split; there are: {there}."
            f"{did_you_mean(split, available)} Received: split={split!r}"
        )
    return {split: parts[split]}, available


def join_splits(parts: Mapping[str, Sequence[Source]]) -> list[Source]:
    """All samples; where there are several parts, named `part/name`."""
    if len(parts) == 1:
        return list(next(iter(parts.values())))
    return [
        replace(source, name=f"{part}/{source.name}")
        for part, sources in parts.items()
        for source in sources
    ]


def pick_lists(
    folder: Path, split: str | None
) -> tuple[list[str], tuple[str, ...], Path]:
    """The names that the text file of a split lists, one a line.

    Args:
        folder: Holds `train.txt` and so on.
        split: Which of them; None for `trainval.txt`, or else all of them.

    Returns:
        The names, the splits that there are, and the file or folder they stem from.

    Raises:
        FileError: The folder is missing, holds no lists, or one cannot be read.
        ArgumentError: There is no such split.
    """
    lists = {
        file.stem: file
        for file in sorted(check_folder(folder).glob("*.txt"))
        if not is_clutter(file)
    }
    whole = _WHOLE if split is None and _WHOLE in lists else split
    picked, available = pick_splits(folder, lists, whole)
    names = [name for file in picked.values() for name in read_lines(file)]
    if len(picked) > 1:  # the lists overlap
        return list(dict.fromkeys(names)), available, folder
    return names, available, next(iter(picked.values()))
