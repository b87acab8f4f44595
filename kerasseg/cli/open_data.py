"""The data set of a command, whose `--format` and `--split` may be misspelled."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kerasseg.data import FORMATS, SegmentationDataset, open_dataset
from kerasseg.errors import ArgumentError, UsageError, did_you_mean


def open_data(
    path: str | Path, format: str | None, split: str | None = None, **options: Any
) -> SegmentationDataset:
    """Opens a data set, as `open_dataset` does.

    Raises:
        UsageError: There is no such format or split.
        FileError, DataError: As `open_dataset` says.
    """
    check_format(format)
    try:
        return open_dataset(path, format, split, **options)
    except ArgumentError as error:
        raise UsageError(f"{path}: {error}") from error


def check_format(format: str | None) -> None:
    """Checks a name before anything is read; `None` is to be told from the folder.

    Raises:
        UsageError: There is no such format.
    """
    if format is not None and format not in FORMATS:
        known = ", ".join(FORMATS)
        near = did_you_mean(format, FORMATS)
        raise UsageError(f"--format {format}: is none of {known}.{near}")
