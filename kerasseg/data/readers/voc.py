"""PASCAL VOC 2012 segmentation: 20 objects and the background.

    VOC2012/JPEGImages/2007_000032.jpg
    VOC2012/SegmentationClass/2007_000032.png       palette: class ids, 255 = void
    VOC2012/SegmentationObject/2007_000032.png      palette: instance ids
    VOC2012/ImageSets/Segmentation/train.txt        names, one a line

http://host.robots.ox.ac.uk/pascal/VOC/voc2012/
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from kerasseg.data.dataset import Labels, SegmentationDataset, Source
from kerasseg.data.listing import check_folder, folders_in
from kerasseg.data.masks import read_mask, same_size
from kerasseg.data.pairing import Pair, pair_listed
from kerasseg.data.palettes import voc_colormap
from kerasseg.data.readers.splits import pick_lists
from kerasseg.errors import DataError

NAMES = (
    *("background", "aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car"),
    *("cat", "chair", "cow", "diningtable", "dog", "horse", "motorbike", "person"),
    *("pottedplant", "sheep", "sofa", "train", "tvmonitor"),
)
VOID = 255


def open_voc(
    path: str | Path,
    split: str | None = None,
    *,
    masks: str = "SegmentationClass",
    instances: bool = False,
) -> SegmentationDataset:
    """Opens PASCAL VOC.

    Args:
        path: The folder `VOC2012` (or of another year), or `VOCdevkit` above it.
        split: Name of a list in `ImageSets/Segmentation`, `"train"` say; None for
            `trainval`, or for all lists together if there is none.
        masks: Folder of the masks; `"SegmentationClassAug"` has more of them.
        instances: Whether to read `SegmentationObject` as well.

    Raises:
        FileError: A folder or list is missing.
        DataError: Listed images or masks are missing; all are named.
    """
    home = _home(check_folder(path), masks)
    lists = home / "ImageSets" / "Segmentation"
    names, available, source = pick_lists(lists, split)
    pairs = pair_listed(names, home / "JPEGImages", home / masks, source)
    return SegmentationDataset(
        "PASCAL VOC",
        [_source(pair, home, instances) for pair in pairs],
        NAMES,
        colors=voc_colormap(len(NAMES)),
        ignore_class=VOID,
        split=split,
        splits=available,
        read_labels=_read_labels,
    )


def looks_like(path: Path) -> bool:
    return bool(_homes(path, "SegmentationClass"))


def _source(pair: Pair, home: Path, instances: bool) -> Source:
    objects = home / "SegmentationObject" / pair.mask.name
    return Source(*pair, other_paths=(objects,) if instances else ())


def _read_labels(source: Source) -> Labels:
    mask = read_mask(source.mask_path)
    if not source.other_paths:
        return Labels(mask)
    (file,) = source.other_paths
    instances = read_mask(file)
    same_size(file, instances, mask, source.mask_path)
    return Labels(mask, np.where(instances == VOID, 0, instances).astype(np.int32))


def _home(path: Path, masks: str) -> Path:
    homes = _homes(path, masks)
    if len(homes) == 1:
        return homes[0]
    if not homes:
        raise DataError(
            "This is not PASCAL VOC", [(path, f"has no JPEGImages and {masks} in it")]
        )
    raise DataError(
        "There are several data sets; open one of these folders",
        [(home, "is one") for home in homes],
    )


def _homes(path: Path, masks: str) -> list[Path]:
    candidates = [path, *folders_in(path)]
    candidates += (
        folders_in(path / "VOCdevkit") if (path / "VOCdevkit").is_dir() else []
    )
    return [
        folder
        for folder in candidates
        if (folder / "JPEGImages").is_dir()
        and (folder / masks).is_dir()
        and (folder / "ImageSets" / "Segmentation").is_dir()
    ]
