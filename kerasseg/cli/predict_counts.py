"""Pixels and objects in masks, as a table that any spreadsheet reads."""

from __future__ import annotations

import argparse
import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy import ndimage

from kerasseg.cli.output_folder import make_folder
from kerasseg.cli.predict_inputs import Job
from kerasseg.data.masks import read_mask
from kerasseg.files import atomic_path

COLUMNS = ("image", "class", "name", "pixels", "objects")


def counts_path(options: argparse.Namespace) -> Path:
    """Where the table goes: of several workers, each has its own."""
    path = Path(options.counts)
    index, workers = options.worker
    if workers == 1:
        return path
    return path.with_name(f"{path.stem}-{index}-of-{workers}{path.suffix}")


def write_counts(
    jobs: Sequence[Job], names: Sequence[str], classes: int, options: argparse.Namespace
) -> Path:
    """Counts what is in the masks of photos, those of an earlier run included.

    Args:
        jobs: Photos whose masks are there.
        names: Of the classes.
        classes: How many there are.
        options: `counts`, `worker`, `min_size`, `overwrite` and `resume`.

    Returns:
        The file.
    """
    path = counts_path(options)
    if path.parent == Path(options.output):
        make_folder(path.parent)
    with (
        atomic_path(path, options.overwrite or options.resume) as temporary,
        temporary.open("w", newline="", encoding="utf-8") as file,
    ):
        table = csv.writer(file)
        table.writerow(COLUMNS)
        for job in jobs:
            labels = read_mask(job.mask)
            for number in range(classes):
                pixels, objects = count_objects(labels == number, options.min_size)
                table.writerow([job.image, number, names[number], pixels, objects])
    return path


def count_objects(region: np.ndarray, min_size: int = 1) -> tuple[int, int]:
    """Counts the pixels of a region and the pieces that hang together.

    Args:
        region: `(height, width)` booleans. Pixels hang together along their sides.
        min_size: Pixels that a piece must have to count.

    Returns:
        The pixels, all of them, and the pieces.

    Example:

    >>> count_objects(np.array([[1, 1, 0, 1]], bool), min_size=2)
    (3, 1)
    """
    pieces, _ = ndimage.label(region)
    sizes = np.bincount(pieces.ravel())[1:]  # 0 is what lies between
    return int(sizes.sum()), int((sizes >= max(min_size, 1)).sum())
