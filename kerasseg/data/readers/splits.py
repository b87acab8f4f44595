"""Parts of a data set: train, validation, test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from kerasseg.data.dataset import Source
from kerasseg.errors import ArgumentError, FileError, printable

Part = TypeVar("Part")


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
            f"{printable(path)} has no such split; there are: {there}. "
            f"Received: split={split!r}"
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
