"""CamVid: 701 street scenes, 11 classes, in the form that SegNet gave it.

    train/0001TP_006690.png     trainannot/0001TP_006690.png
    train.txt                   /any/root/train/a.png /any/root/trainannot/a.png

Masks hold class ids; 11 is unlabelled. Lists, where there are any, say which files
belong to a split; their roots are those of another machine and do not count.
Badrinarayanan et al., SegNet, https://arxiv.org/abs/1511.00561
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import numpy as np

from kerasseg.data.dataset import SegmentationDataset, Source
from kerasseg.data.listing import (
    check_folder,
    folders_in,
    is_file,
    raise_problems,
    read_lines,
)
from kerasseg.data.pairing import pair_by_name
from kerasseg.data.readers.splits import join_splits, pick_splits

NAMES = (
    *("Sky", "Building", "Pole", "Road", "Pavement", "Tree", "Sign", "Fence", "Car"),
    *("Pedestrian", "Bicyclist"),
)
COLORS = np.array(
    [
        (128, 128, 128),
        (128, 0, 0),
        (192, 192, 128),
        (128, 64, 128),
        (60, 40, 222),
        (128, 128, 0),
        (192, 128, 128),
        (64, 64, 128),
        (64, 0, 128),
        (64, 64, 0),
        (0, 128, 192),
    ],
    np.uint8,
)
UNLABELLED = 11
_ANNOTATED = "annot"
_SPLITS = ("train", "val", "test")


def open_camvid(path: str | Path, split: str | None = None) -> SegmentationDataset:
    """Opens CamVid.

    Args:
        path: The folder that holds `train` and `trainannot`, and so on.
        split: `"train"`, `"val"` or `"test"`; None for all that there are.

    Raises:
        FileError: A folder or list is missing.
        DataError: Images or masks lack their partners, or listed files are missing;
            all are named.
    """
    path = check_folder(path)
    picked, available = pick_splits(path, _parts(path), split)
    parts = {
        name: _listed(part) if part.is_file() else _paired(part)
        for name, part in picked.items()
    }
    return SegmentationDataset(
        "CamVid",
        join_splits(parts),
        NAMES,
        colors=COLORS,
        ignore_class=UNLABELLED,
        split=split,
        splits=available,
    )


def looks_like(path: Path) -> bool:
    return bool(_folders(path))


def _parts(path: Path) -> dict[str, Path]:
    """The list, or else the folder of images, of every split."""
    lists = {
        name: path / f"{name}.txt"
        for name in _SPLITS
        if (path / f"{name}.txt").is_file()
    }
    parts = {**_folders(path), **lists}
    return {name: parts[name] for name in sorted(parts, key=_rank)}


def _folders(path: Path) -> dict[str, Path]:
    """The folder of images of every split: each that has one for masks beside it."""
    folders = {folder.name: folder for folder in folders_in(path)}
    return {name: f for name, f in folders.items() if name + _ANNOTATED in folders}


def _rank(split: str) -> tuple[int, str]:
    return (_SPLITS.index(split) if split in _SPLITS else len(_SPLITS)), split


def _paired(folder: Path) -> list[Source]:
    masks = folder.with_name(folder.name + _ANNOTATED)
    return [Source(*pair) for pair in pair_by_name(folder, masks)]


def _listed(file: Path) -> list[Source]:
    sources, problems = [], []
    for number, line in enumerate(read_lines(file), 1):
        paths = [_found(file.parent, text) for text in _two_paths(line)]
        if len(paths) != 2:
            problems.append((file, f"line {number} must hold two paths, not {line!r}"))
            continue
        problems += [
            (path, f"no such file, but {file.name} names it in line {number}")
            for path in paths
            if not is_file(path)
        ]
        sources.append(Source(paths[0].stem, *paths))
    raise_problems(file, problems)
    return sources


def _two_paths(line: str) -> list[str]:
    """The image and the mask of a line; blanks in their names are allowed."""
    words = line.replace("\\", "/").split(" ")
    for i in range(1, len(words)):
        image, mask = " ".join(words[:i]).strip(), " ".join(words[i:]).strip()
        if image and mask and PurePosixPath(image).name == PurePosixPath(mask).name:
            return [image, mask]
    return " ".join(words).split()


def _found(root: Path, text: str) -> Path:
    """The file below `root` that has the longest end of the path in common."""
    parts = PurePosixPath(text).parts
    parts = tuple(part for part in parts if part not in ("/", ".."))
    ends = [root.joinpath(*parts[i:]) for i in range(len(parts))]
    likely = root.joinpath(*parts[-2:])  # folder and file
    return next((end for end in ends if is_file(end)), likely)
