"""Readers of data sets, one format a file."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path

from kerasseg.data.dataset import SegmentationDataset
from kerasseg.data.listing import check_folder
from kerasseg.data.readers import (
    ade20k,
    camvid,
    cityscapes,
    folders,
    instances,
    isbi,
    panoptic,
    tiles,
    voc,
    voc_context,
)
from kerasseg.errors import ArgumentError, DataError, did_you_mean

# In the order of guessing: a format stands before those that its folders also suit.
_READERS = {
    "camvid": (camvid.open_camvid, camvid.looks_like),
    "voc_context": (voc_context.open_voc_context, voc_context.looks_like),
    "voc": (voc.open_voc, voc.looks_like),
    "cityscapes": (cityscapes.open_cityscapes, cityscapes.looks_like),
    "ade20k": (ade20k.open_ade20k, ade20k.looks_like),
    "coco_panoptic": (panoptic.open_coco_panoptic, panoptic.looks_like),
    "isbi": (isbi.open_isbi, isbi.looks_like),
    "instances": (instances.open_instances, instances.looks_like),
    "tiles": (tiles.open_tiles, tiles.looks_like),
    "folders": (folders.open_folders, folders.looks_like),
}

FORMATS = tuple(_READERS)
"""The formats that `open_dataset` reads."""


def open_dataset(
    path: str | Path, format: str | None = None, split: str | None = None, **options
) -> SegmentationDataset:
    """Opens a data set on disk.

    Args:
        path: Its folder.
        format: One of `FORMATS`; None to tell it from the names in the folder.
        split: `"train"` or another part of it; None for all.
        **options: Those of the format. `"folders"` and `"tiles"`: `names` of the
            classes, their `colors`, a `palette` for masks stored in RGB,
            `(classes, 3)` or from `(r, g, b)` to class id, `ignore_class`, the label
            of pixels without class, and `image_ending` and `mask_ending`, what names
            have at their end, `"_mask"` say. `"folders"`: `channels` of the images, 1,
            3 or 4. `"tiles"`: which `bands` to take, and what to `fill` in for values
            that are no numbers. `"instances"`: `names` and `channels`. `"isbi"`,
            `"voc"` and `"cityscapes"`: `instances`, whether to read objects.
            `help(kerasseg.data.readers.folders.open_folders)` and its like tell more.

    Returns:
        The data set; images and masks are read when asked for.

    Raises:
        ArgumentError: There is no such format or split, or the format has no such
            option.
        FileError: The folder, or a list of files in it, is missing or broken.
        DataError: The folder suits no format, or files lack their partners.

    Example:

    >>> import tempfile
    >>> import numpy as np
    >>> from PIL import Image
    >>> folder = Path(tempfile.mkdtemp())
    >>> for name in ("images", "masks"):
    ...     (folder / name).mkdir()
    ...     Image.new("L", (6, 4), 1).save(folder / name / "a.png")
    >>> dataset = open_dataset(folder, names=["sky", "car"])
    >>> len(dataset), dataset[0].image.shape
    (1, (4, 6, 3))

    Masks that are colours:

    >>> mask = np.array([[[0, 0, 255], [128, 64, 128]]], np.uint8).repeat(4, 0)
    >>> Image.fromarray(mask.repeat(3, 1)).save(folder / "masks" / "a.png")
    >>> palette = {(0, 0, 255): 0, (128, 64, 128): 1}
    >>> dataset = open_dataset(folder, names=["sky", "road"], palette=palette)
    >>> dataset[0].mask[0].tolist()
    [0, 0, 0, 1, 1, 1]
    """
    if format is not None and format not in _READERS:
        known = ", ".join(FORMATS)
        raise ArgumentError(
            f"format must be one of {known}.{did_you_mean(format, FORMATS)} "
            f"Received: {format!r}"
        )
    folder = check_folder(path)
    format = format or guess_format(folder)
    opener, _ = _READERS[format]
    _check_options(format, opener, options)
    dataset = opener(folder, split, **options)
    dataset.format = format
    return dataset


def _check_options(format: str, opener: Callable, options: dict) -> None:
    known = list(inspect.signature(opener).parameters)[2:]  # behind path and split
    for name, value in options.items():
        if name not in known:
            near = did_you_mean(name, known)
            raise ArgumentError(
                f"The format {format} takes {', '.join(known) or 'no options'}; if "
                f"the data are of another format, name it by format=.{near} "
                f"Received: {name}={value!r}"
            )


def guess_format(folder: Path) -> str:
    """The first format whose layout the folder has.

    Raises:
        DataError: It has none.
    """
    for name, (_, looks_like) in _READERS.items():
        if looks_like(folder):
            return name
    raise DataError(
        "no format is known whose layout this folder has; say which it is by "
        f"format= ({', '.join(FORMATS)})",
        [(folder, "has another layout")],
    )
