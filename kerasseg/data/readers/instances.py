"""Masks that number the objects: nuclei, cells, grains.

    image/003cee89.png      label/003cee89.png      0 = background, 1… = objects
    003cee89/images/003cee89.png
    003cee89/masks/07a9bf18.png                     or one file an object

The second is the form in which the Data Science Bowl 2018 was published. Caicedo et
al., Nucleus segmentation across imaging experiments, Nature Methods 2019.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np

from kerasseg.data.dataset import Labels, SegmentationDataset, Source, read_photo
from kerasseg.data.decoding import opened
from kerasseg.data.listing import (
    Problem,
    check_folder,
    find_images,
    folders_in,
    raise_problems,
)
from kerasseg.data.masks import read_mask, same_size
from kerasseg.data.pairing import pair_by_name
from kerasseg.data.readers.folder_classes import has_class_file
from kerasseg.data.readers.folders import SPLITS, two_folders
from kerasseg.data.readers.splits import join_splits, pick_splits
from kerasseg.errors import ArgumentError, FileError, printable

_SPLITS = (*SPLITS, "stage1_train", "stage1_test", "stage2_test_final")


def open_instances(
    path: str | Path,
    split: str | None = None,
    *,
    names: tuple[str, str] = ("background", "object"),
    channels: int = 3,
) -> SegmentationDataset:
    """Opens images whose masks number the objects.

    Args:
        path: The folder that holds the folders of images and masks, or a folder for
            every image, or folders of these for every split.
        split: Name of such a folder; None for all.
        names: Of the two classes.
        channels: 1, 3 or 4; grey and coloured images are converted.

    Returns:
        Two classes; each sample has `instances`.

    Raises:
        ArgumentError: `names` does not hold two.
        FileError: A folder is missing.
        DataError: Images or masks lack their partners; all are named.
    """
    path = check_folder(path)
    if len(names) != 2:
        raise ArgumentError(f"names must hold two names. Received: {names}")
    picked, available = pick_splits(path, _parts(path), split)
    return SegmentationDataset(
        path.resolve().name,
        join_splits({name: _sources(part) for name, part in picked.items()}),
        names,
        colors=np.array([(0, 0, 0), (255, 255, 255)], np.uint8),
        split=split,
        splits=available,
        read_image=partial(read_photo, channels=channels),
        read_labels=_read_labels,
    )


def looks_like(path: Path) -> bool:
    """Whether masks are one an object, or of 16 bits, which class ids do not need.

    A file of class names says that they hold class ids all the same.
    """
    parts = list(_parts(path).values())
    named = has_class_file(path)
    return bool(parts) and all(
        _is_one_each(part) or (not named and _is_deep(part)) for part in parts
    )


def _is_deep(path: Path) -> bool:
    files, _ = find_images(two_folders(path)[1])
    try:
        with opened(files[0]) as image:
            return image.mode.startswith("I")
    except (IndexError, FileError):
        return False


def _parts(path: Path) -> dict[str, Path]:
    if two_folders(path) or _is_one_each(path):
        return {"": path}
    inner = {f.name: f for f in folders_in(path) if f.name.lower() in _SPLITS}
    return {n: f for n, f in inner.items() if two_folders(f) or _is_one_each(f)}


def _is_one_each(path: Path) -> bool:
    first = next(iter(folders_in(path)), None)
    if first is None or first.name.lower() in SPLITS:
        return False
    return all((first / name).is_dir() for name in ("images", "masks"))


def _sources(path: Path) -> list[Source]:
    folders = two_folders(path)
    if folders:
        return [Source(*pair) for pair in pair_by_name(*folders)]
    sources, problems = [], []
    for folder in folders_in(path):
        found = _only_image(folder, problems)
        if found:
            sources.append(Source(folder.name, found, folder / "masks"))
    raise_problems(path, problems)
    return sources


def _only_image(folder: Path, problems: list[Problem]) -> Path | None:
    """The image in a folder of its own; what is wrong goes to `problems`."""
    missing = [n for n in ("images", "masks") if not (folder / n).is_dir()]
    if missing:
        problems.append((folder, f"has no folder {' and '.join(missing)} in it"))
        return None
    files, faults = find_images(folder / "images")
    problems += faults
    problems += find_images(folder / "masks")[1]
    if len(files) != 1:
        names = ", ".join(printable(file.name) for file in files[:9])
        text = f"must hold one image, not {len(files)}: {names}"
        problems.append((folder / "images", text.removesuffix(": ")))
        return None
    return files[0]


def _read_labels(source: Source) -> Labels:
    if source.mask_path.is_dir():
        instances = _stacked(source)
    else:
        instances = read_mask(source.mask_path)
    return Labels((instances > 0).astype(np.int32), instances)


def _stacked(source: Source) -> np.ndarray:
    """One number for each file of the folder; where objects overlap, the last's."""
    files, _ = find_images(source.mask_path)
    if not files:
        raise FileError(source.mask_path, "holds no masks")
    first = read_mask(files[0])
    instances = np.zeros(first.shape, np.int32)
    for number, file in enumerate(files, 1):
        mask = read_mask(file)
        same_size(file, mask, first, files[0])
        instances[mask > 0] = number
    return instances
