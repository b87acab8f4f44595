"""PASCAL Context: every pixel of PASCAL VOC 2010 labelled, 59 classes and the rest.

    59_context_labels/2008_000002.png           class ids, 0 = none of the 59
    33_context_labels/2008_000002.png           likewise, 33 classes
    SegmentationClassContext/2008_000002.png    likewise 59, numbered by the alphabet
    trainval/2008_000002.mat                    LabelMap of 459 labels; labels.txt
    VOC2010/JPEGImages/2008_000002.jpg          (or in another folder below)
    59_labels.txt                               "1: aeroplane", read where it is shipped

The original masks (`.mat`) become the 59 classes by the names of their labels.
Mottaghi et al., The Role of Context for Object Detection and Semantic Segmentation in
the Wild, CVPR 2014. https://cs.stanford.edu/~roozbeh/pascal-context/
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np

from kerasseg.data.dataset import Labels, SegmentationDataset, Source
from kerasseg.data.listing import (
    IMAGE_SUFFIXES,
    check_folder,
    find_images,
    folders_in,
    raise_problems,
    read_lines,
)
from kerasseg.data.masks import look_up, read_mask
from kerasseg.data.matlab import read_matrix
from kerasseg.data.pairing import pair_listed
from kerasseg.data.readers.splits import pick_lists
from kerasseg.data.readers.voc import NAMES as VOC_NAMES
from kerasseg.errors import ArgumentError, DataError, FileError, printable

_OBJECTS = tuple("table" if name == "diningtable" else name for name in VOC_NAMES[1:])
NAMES_59 = (
    *_OBJECTS,
    *("bag", "bed", "bench", "book", "building", "cabinet", "ceiling", "cloth"),
    *("computer", "cup", "door", "fence", "floor", "flower", "food", "grass"),
    *("ground", "keyboard", "light", "mountain", "mouse", "curtain", "platform"),
    *("sign", "plate", "road", "rock", "shelves", "sidewalk", "sky", "snow"),
    *("bedclothes", "track", "tree", "truck", "wall", "water", "window", "wood"),
)
_BACKGROUND = "background"
_IGNORED = 255
# The list of 59 and the list of 459 call three classes differently.
_SAME = {"diningtable": "table", "bedcloth": "bedclothes", "clothes": "cloth"}
_FOLDERS = ("59_context_labels", "SegmentationClassContext", "33_context_labels")
_MATLAB = "trainval"
_MOST = 10_000  # labels
_MASK_SUFFIXES = (".mat", *IMAGE_SUFFIXES)


def open_voc_context(
    path: str | Path,
    split: str | None = None,
    *,
    masks: str | None = None,
    background: bool = True,
) -> SegmentationDataset:
    """Opens PASCAL Context.

    Args:
        path: The folder that holds the masks and, at some depth, `JPEGImages`.
        split: Name of a list, `"train"` say, in `ImageSets/SegmentationContext` or
            `ImageSets/Main`; None for all masks.
        masks: Folder of the masks; by default the first of `59_context_labels`,
            `SegmentationClassContext`, `33_context_labels` and `trainval` (`.mat`).
        background: Whether pixels of none of the classes are a class of their own,
            number 0; otherwise they are ignored, and classes are numbered from 0.

    Raises:
        FileError: A folder or list is missing.
        DataError: Images or masks are missing; all are named.
    """
    path = check_folder(path)
    folder = path / masks if masks else _masks_folder(path)
    images = _images_folder(path)
    names, table = _classes(path, folder)
    picked, available, listed_in = _listed(path, images, folder, split)
    pairs = pair_listed(picked, images, folder, listed_in, _MASK_SUFFIXES)
    if not background:
        names = names[1:]
        table = np.where(table > 0, table - 1, np.where(table == 0, _IGNORED, -1))
    return SegmentationDataset(
        "PASCAL Context",
        [Source(*pair) for pair in pairs],
        names,
        ignore_class=_IGNORED,
        split=split,
        splits=available,
        read_labels=partial(_read_labels, table=table),
    )


def looks_like(path: Path) -> bool:
    return any((path / name).is_dir() for name in _FOLDERS) or (
        (path / _MATLAB).is_dir() and (path / "labels.txt").is_file()
    )


def _read_labels(source: Source, table: np.ndarray) -> Labels:
    is_matlab = source.mask_path.suffix.lower() == ".mat"
    read = partial(read_matrix, name="LabelMap") if is_matlab else read_mask
    return Labels(look_up(read(source.mask_path), table, source.mask_path))


def _masks_folder(path: Path) -> Path:
    for name in (*_FOLDERS, _MATLAB):
        if (path / name).is_dir():
            return path / name
    known = ", ".join((*_FOLDERS, _MATLAB))
    raise DataError(
        "This is not PASCAL Context", [(path, f"has none of {known} in it")]
    )


def _images_folder(path: Path) -> Path:
    folders = [path]
    for _ in range(3):
        for folder in folders:
            if (folder / "JPEGImages").is_dir():
                return folder / "JPEGImages"
        folders = [inner for folder in folders for inner in folders_in(folder)]
    raise FileError(path, "has no folder JPEGImages in it, nor in the folders below")


def _listed(path: Path, images: Path, folder: Path, split: str | None):
    """Names, splits that there are, and what names them."""
    for sets in ("SegmentationContext", "Main"):
        for home in (path, images.parent):
            lists = home / "ImageSets" / sets
            if lists.is_dir() and split is not None:
                return pick_lists(lists, split)
    if split is not None:
        raise ArgumentError(
            f"{printable(path)} has no lists of splits in "
            f"ImageSets/SegmentationContext. Received: split={split!r}"
        )
    names, problems = find_images(folder, _MASK_SUFFIXES)
    raise_problems(folder, problems)
    return [file.stem for file in names], (), folder


def _classes(path: Path, folder: Path) -> tuple[list[str], np.ndarray]:
    """Class names, the background first, and the table of classes by stored id."""
    if folder.name == _MATLAB:
        return _classes_by_name(path / "labels.txt")
    file = path / f"{folder.name[:2]}_labels.txt"
    if folder.name[:2] == "33" or file.is_file():
        names = list(_numbered(file).values())
    elif folder.name == "59_context_labels":
        names = list(NAMES_59)
    else:
        names = sorted(NAMES_59)
    table = np.full(256, -1)
    table[: len(names) + 1] = np.arange(len(names) + 1)
    table[_IGNORED] = _IGNORED
    return [_BACKGROUND, *names], table


def _classes_by_name(file: Path) -> tuple[list[str], np.ndarray]:
    numbers = {name: number for number, name in _numbered(file).items()}
    missing = [name for name in NAMES_59 if name not in numbers]
    if missing:
        raise FileError(file, f"does not name the classes {', '.join(missing)}")
    table = np.zeros(max(numbers.values()) + 1, np.int64)
    table[[numbers[name] for name in NAMES_59]] = np.arange(1, len(NAMES_59) + 1)
    return [_BACKGROUND, *NAMES_59], table


def _numbered(file: Path) -> dict[int, str]:
    """Lines like "17: sheep"."""
    names = {}
    for line in read_lines(file):
        number, colon, name = line.partition(":")
        if not colon or not number.strip().isdecimal() or int(number) > _MOST:
            raise FileError(file, f"must hold lines like '1: aeroplane', not {line!r}")
        name = name.replace(" ", "")
        names[int(number)] = _SAME.get(name, name)
    return dict(sorted(names.items()))
