"""Cityscapes: streets of 50 cities, 34 labels of which 19 are trained.

    leftImg8bit/train/aachen/aachen_000000_000019_leftImg8bit.png
    gtFine/train/aachen/aachen_000000_000019_gtFine_labelIds.png        ids 0…33
    gtFine/train/aachen/aachen_000000_000019_gtFine_labelTrainIds.png   0…18, 255
    gtFine/train/aachen/aachen_000000_000019_gtFine_instanceIds.png     id·1000 + n

`gtCoarse` likewise, with `_gtCoarse_` in the names. https://www.cityscapes-dataset.com
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np

from kerasseg.data.dataset import Labels, SegmentationDataset, Source
from kerasseg.data.listing import check_folder, find_images, folders_in
from kerasseg.data.masks import look_up, read_mask, same_size
from kerasseg.data.pairing import pair_by_name
from kerasseg.data.readers.cityscapes_labels import (
    COLORS,
    ID_OF_TRAIN_ID,
    IGNORED,
    NAMES,
    TRAIN_ID_OF_ID,
    TRAIN_NAMES,
)
from kerasseg.data.readers.splits import join_splits, pick_splits
from kerasseg.errors import ArgumentError

_KINDS = ("_labelIds", "_labelTrainIds", "_color", "_instanceIds", "_instanceTrainIds")
_GROUPS = 1000  # instance ids below it stand for groups that were not told apart


def open_cityscapes(
    path: str | Path,
    split: str | None = None,
    *,
    labels: str = "train_ids",
    annotations: str | None = None,
    instances: bool = False,
) -> SegmentationDataset:
    """Opens Cityscapes.

    Args:
        path: The folder that holds `leftImg8bit` and `gtFine` or `gtCoarse`.
        split: `"train"`, `"val"` and so on; None for all.
        labels: `"train_ids"` for the 19 classes of the benchmark, 255 ignored; `"ids"`
            for all 34 labels.
        annotations: `"gtFine"` or `"gtCoarse"`; by default the fine ones if there.
        instances: Whether to read `_instanceIds.png` as well.

    Raises:
        ArgumentError: An option has another value.
        FileError: A folder is missing.
        DataError: Images or masks lack their partners; all are named.
    """
    path = check_folder(path)
    if labels not in ("train_ids", "ids"):
        raise ArgumentError(
            f"labels must be 'train_ids' or 'ids'. Received: labels={labels!r}"
        )
    images = check_folder(path / "leftImg8bit")
    masks = check_folder(path / (annotations or _annotations(path)))
    there = {folder.name for folder in folders_in(masks)}
    parts = {f.name: f.name for f in folders_in(images) if f.name in there}
    picked, available = pick_splits(path, parts, split)
    sources = {
        part: _pairs(images / part, masks / part, labels, instances) for part in picked
    }
    trained = labels == "train_ids"
    return SegmentationDataset(
        "Cityscapes",
        join_splits(sources),
        TRAIN_NAMES if trained else NAMES,
        colors=COLORS[ID_OF_TRAIN_ID] if trained else COLORS,
        ignore_class=IGNORED if trained else None,
        split=split,
        splits=available,
        read_labels=partial(_read_labels, labels=labels),
    )


def looks_like(path: Path) -> bool:
    masks = ("gtFine", "gtCoarse")
    return (path / "leftImg8bit").is_dir() and any((path / m).is_dir() for m in masks)


def _annotations(path: Path) -> str:
    return "gtCoarse" if not (path / "gtFine").is_dir() else "gtFine"


def _pairs(images: Path, masks: Path, labels: str, instances: bool) -> list[Source]:
    ending = f"_{masks.parent.name}"
    kind = _kind(masks, labels)
    pairs = pair_by_name(
        images,
        masks,
        image_ending="_leftImg8bit",
        mask_ending=ending + kind,
        beside=[ending + other for other in _KINDS if other != kind],
    )
    return [
        Source(*pair, other_paths=(_beside(pair.mask),) if instances else ())
        for pair in pairs
    ]


def _beside(mask: Path) -> Path:
    """The file of the instances."""
    stem = mask.stem[: mask.stem.rindex("_")] + "_instanceIds"
    return mask.with_name(stem + mask.suffix)


def _kind(masks: Path, labels: str) -> str:
    """Of the two files that the masks come in, the one to read."""
    files, _ = find_images(masks)
    if labels == "ids" or any(file.stem.endswith("_labelIds") for file in files):
        return "_labelIds"
    return "_labelTrainIds"


def _read_labels(source: Source, labels: str) -> Labels:
    mask = read_mask(source.mask_path)
    if source.mask_path.stem.endswith("_labelIds"):
        table = TRAIN_ID_OF_ID if labels == "train_ids" else np.arange(len(NAMES))
        mask = look_up(mask, table, source.mask_path)
    return Labels(mask, _instances(source, mask) if source.other_paths else None)


def _instances(source: Source, mask: np.ndarray) -> np.ndarray:
    (file,) = source.other_paths
    ids = read_mask(file)
    same_size(file, ids, mask, source.mask_path)
    single = ids >= _GROUPS
    numbers = np.zeros(ids.shape, np.int32)
    numbers[single] = np.unique(ids[single], return_inverse=True)[1] + 1
    return numbers
