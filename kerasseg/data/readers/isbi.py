"""ISBI 2012: slices of a fly's nerve cord, cells and the membranes between them.

    train-volume.tif    train-labels.tif        stacks of 30 slices
    image/0.png         label/0.png             one file a slice

In the masks 0 is membrane and 255 cell. Arganda-Carreras et al., Crowdsourcing the
creation of image segmentation algorithms for connectomics, Frontiers in Neuroanatomy
2015. https://imagej.net/events/isbi-2012-segmentation-challenge
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
from scipy import ndimage

from kerasseg.data.dataset import Labels, SegmentationDataset, Source, read_photo
from kerasseg.data.decoding import opened
from kerasseg.data.listing import check_folder, find_images
from kerasseg.data.masks import look_up, read_mask
from kerasseg.data.pairing import pair_by_name
from kerasseg.data.readers.folder_classes import has_class_file
from kerasseg.data.readers.folders import two_folders
from kerasseg.data.readers.splits import pick_splits
from kerasseg.errors import DataError, FileError

NAMES = ("membrane", "cell")
COLORS = np.array([(0, 0, 0), (255, 255, 255)], np.uint8)
_STACKS = ("train-volume", "train-labels")
_FOLDERS = ("image", "label")
_GREY = ("1", "L", "I", "F")  # and I;16 in either order; "P" is coloured as a rule
_CLASS_OF_VALUE = np.full(256, -1)
_CLASS_OF_VALUE[[0, 255]] = 0, 1


def open_isbi(
    path: str | Path, split: str | None = None, *, instances: bool = True
) -> SegmentationDataset:
    """Opens the stacks, or the folders of slices, in their order in depth.

    Args:
        path: The folder that holds the stacks, or the two folders.
        split: Only None; the labels of the test stack were never published.
        instances: Whether to number the cells of each slice, as U-Net's weight map
            needs them: pieces that touch at an edge, not at a corner.

    Raises:
        FileError: A file is missing or broken.
        DataError: Slices lack their partners.
    """
    path = check_folder(path)
    stacks = _stacks(path)
    folders = two_folders(path)
    pick_splits(path, {"": path} if stacks or folders else {}, split)
    if stacks:
        sources = _slices(*stacks)
    else:
        sources = [Source(*pair) for pair in pair_by_name(*folders)]
    return SegmentationDataset(
        "ISBI 2012",
        sources,
        NAMES,
        colors=COLORS,
        read_image=partial(read_photo, channels=1),
        read_labels=partial(_read_labels, instances=instances),
    )


def looks_like(path: Path) -> bool:
    """Whether there are stacks, or slices as this challenge's are shared.

    Grey images in `image/`, black and white ones in `label/`, all named by number, and
    no names of classes. In folders of other names they may be anyone's, and black and
    white mean something else.
    """
    if _stacks(path):
        return True
    folders = [path / name for name in _FOLDERS]
    if not all(folder.is_dir() for folder in folders) or has_class_file(path):
        return False
    images, masks = (find_images(folder)[0] for folder in folders)
    if not images or not masks or not all(file.stem.isdecimal() for file in masks):
        return False
    try:
        values = set(np.unique(read_mask(masks[0])).tolist())
        return values <= {0, 255} and _is_grey(images[0])
    except FileError:
        return False


def _is_grey(path: Path) -> bool:
    with opened(path) as image:
        return image.mode in _GREY or image.mode.startswith("I;16")


def _stacks(path: Path) -> list[Path] | None:
    """The stacks of images and labels, if at least one is there."""
    found = [
        sorted((*path.glob(f"{name}*.tif"), *path.glob(f"{name}*.tiff")))
        for name in _STACKS
    ]
    if not any(found):
        return None
    missing = [path / f"{name}.tif" for name in _STACKS]
    return [files[0] if files else m for files, m in zip(found, missing, strict=True)]


def _slices(images: Path, labels: Path) -> list[Source]:
    counts = [_depth(images), _depth(labels)]
    if counts[0] != counts[1]:
        raise DataError(
            "The stacks are not equally deep",
            [(images, f"holds {counts[0]} slices"), (labels, f"holds {counts[1]}")],
        )
    return [Source(str(i), images, labels, i) for i in range(counts[0])]


def _depth(stack: Path) -> int:
    with opened(stack, ("TIFF",)) as image:
        return image.n_frames


def _read_labels(source: Source, instances: bool) -> Labels:
    stored = read_mask(source.mask_path, frame=source.frame)
    mask = look_up(stored, _CLASS_OF_VALUE, source.mask_path)
    cells = ndimage.label(mask)[0].astype(np.int32) if instances else None
    return Labels(mask, cells)
