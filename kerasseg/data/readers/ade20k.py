"""ADE20K: the 150 classes of the MIT scene parsing benchmark.

    images/training/ADE_train_00000001.jpg
    annotations/training/ADE_train_00000001.png     0 = other, 1…150 = classes
    images/validation/…  annotations/validation/…
    objectInfo150.txt                               names, read where it is shipped

Zhou et al., Scene Parsing through ADE20K Dataset, CVPR 2017.
http://sceneparsing.csail.mit.edu
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from kerasseg.data.dataset import Labels, SegmentationDataset, Source
from kerasseg.data.listing import check_folder, find_images, folders_in, read_lines
from kerasseg.data.masks import look_up, read_mask
from kerasseg.data.pairing import pair_by_name
from kerasseg.data.readers.ade20k_classes import COLORS, NAMES
from kerasseg.data.readers.splits import join_splits, pick_splits
from kerasseg.errors import FileError

OTHER = 255
_SHORT = {"train": "training", "val": "validation"}
_CLASS_OF_ID = np.array([OTHER, *range(len(NAMES))])


def open_ade20k(path: str | Path, split: str | None = None) -> SegmentationDataset:
    """Opens the scene parsing form of ADE20K.

    Args:
        path: The folder `ADEChallengeData2016`, which holds `images`.
        split: `"training"` (or `"train"`), `"validation"` (or `"val"`); None for all.

    Returns:
        Classes count from 0, in the order of the benchmark; pixels of other things,
        stored as 0, are ignored and become 255.

    Raises:
        FileError: A folder is missing, or `objectInfo150.txt` cannot be read.
        DataError: Images or masks lack their partners; all are named.
    """
    path = check_folder(path)
    images, masks = check_folder(path / "images"), check_folder(path / "annotations")
    parts = {f.name: f.name for f in folders_in(images) if (masks / f.name).is_dir()}
    split = split if split in parts else _SHORT.get(split, split)
    picked, available = pick_splits(path, parts, split)
    sources = {
        part: [Source(*pair) for pair in pair_by_name(images / part, masks / part)]
        for part in picked
    }
    return SegmentationDataset(
        "ADE20K",
        join_splits(sources),
        _names(path / "objectInfo150.txt"),
        colors=COLORS,
        ignore_class=OTHER,
        split=split,
        splits=available,
        read_labels=_read_labels,
    )


def looks_like(path: Path) -> bool:
    if (path / "objectInfo150.txt").is_file() and (path / "annotations").is_dir():
        return True
    training = path / "annotations" / "training"
    files = find_images(training)[0] if training.is_dir() else []
    return bool(files) and files[0].name.startswith("ADE_")


def _read_labels(source: Source) -> Labels:
    ids = read_mask(source.mask_path)
    return Labels(look_up(ids, _CLASS_OF_ID, source.mask_path))


def _names(file: Path) -> tuple[str, ...]:
    """The first name of each class in the shipped file; our own table without it."""
    if not file.exists():
        return NAMES
    rows = [line.split("\t") for line in read_lines(file)[1:]]
    if [row[0].strip() for row in rows] != [str(i + 1) for i in range(len(NAMES))]:
        raise FileError(file, f"must hold a line for each of {len(NAMES)} classes")
    return tuple(row[-1].split(",")[0].strip() for row in rows)
