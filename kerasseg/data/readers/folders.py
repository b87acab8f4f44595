"""A plain pair of folders: `images/` and `masks/`.

    images/street 1.jpg         masks/street 1.png
    images/train/a.jpg          masks/train/a.png           with splits
    train/images/a.jpg          train/masks/a.png           likewise
    classes.txt                 one class name a line (or class_dict.csv)

Other usual names of the two folders are known as well: `image`, `imgs`, `labels`,
`annotations` and so on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

import numpy as np

from kerasseg.data.dataset import Labels, SegmentationDataset, Source, read_photo
from kerasseg.data.listing import check_folder, find_images, folders_in
from kerasseg.data.masks import look_up, read_mask
from kerasseg.data.pairing import pair_by_name
from kerasseg.data.palettes import Palette
from kerasseg.data.readers.folder_classes import find_classes, read_class_file
from kerasseg.data.readers.splits import join_splits, pick_splits

IMAGES = ("images", "image", "imgs", "img", "jpegimages")
MASKS = (
    *("masks", "mask", "labels", "label", "annotations", "annotation", "annot"),
    *("gt", "ground_truth", "segmentationclass"),
)
SPLITS = ("train", "training", "val", "valid", "validation", "test", "testing")


def open_folders(
    path: str | Path,
    split: str | None = None,
    *,
    names: list[str] | None = None,
    colors: np.ndarray | None = None,
    palette: Palette | None = None,
    ignore_class: int | None = None,
    channels: int = 3,
    image_ending: str = "",
    mask_ending: str = "",
) -> SegmentationDataset:
    """Opens a folder of images beside a folder of masks of class ids.

    Args:
        path: The folder that holds the two.
        split: `"train"` for example; None for all.
        names: Class names. By default those in `classes.txt` or `class_dict.csv`; if
            there is no such file, the masks of all splits are read once, and classes
            are numbered. Where these hold 0 and 255 alone, they are two classes,
            background and foreground, or the two that are named; so masks of two
            names are read too, up to the first that holds something else.
        colors: `(classes, 3)`, by default those of PASCAL VOC.
        palette: Colours of masks stored in RGB, by default those in `class_dict.csv`.
        ignore_class: Label of pixels without class; 255 by default.
        channels: 1, 3 or 4; images are converted if needed.
        image_ending: What names of images have at their end.
        mask_ending: What names of masks have at their end, `"_mask"` say.

    Raises:
        FileError: A folder is missing, or a file of class names cannot be read.
        DataError: Images or masks lack their partner, or (only if `names` are to be
            found out) masks cannot be read; all are listed.
    """
    return open_with(
        partial(read_photo, channels=channels),
        path,
        split,
        names,
        colors,
        palette,
        ignore_class,
        image_ending,
        mask_ending,
    )


def open_with(
    read_image: Callable[[Source], np.ndarray],
    path: str | Path,
    split: str | None,
    names: list[str] | None,
    colors: np.ndarray | None,
    palette: Palette | None,
    ignore_class: int | None,
    image_ending: str,
    mask_ending: str,
) -> SegmentationDataset:
    """The same for images that are read in another way."""
    path = check_folder(path)
    named, colored = read_class_file(path)
    palette = colored if palette is None else palette
    all_parts = parts_of(path)
    parts, available = pick_splits(path, all_parts, split)
    endings = {"image_ending": image_ending, "mask_ending": mask_ending}
    sources = join_splits(
        {
            part: [Source(*pair) for pair in pair_by_name(*folders, **endings)]
            for part, folders in parts.items()
        }
    )
    others = (two[1] for name, two in all_parts.items() if name not in parts)
    masks = [*(source.mask_path for source in sources), *_masks_in(others, mask_ending)]
    names = named if names is None else names
    names, table, ignore_class = find_classes(path, masks, names, palette, ignore_class)
    return SegmentationDataset(
        path.resolve().name,
        sources,
        names,
        colors=_colors_of(colors, palette, len(names)),
        ignore_class=ignore_class,
        split=split,
        splits=available,
        read_image=read_image,
        read_labels=partial(_read_labels, palette=palette, table=table),
    )


def looks_like(path: Path) -> bool:
    return bool(parts_of(path))


def two_folders(path: Path) -> tuple[Path, Path] | None:
    """The folder of images and that of masks in a folder, by their usual names."""
    by_name = {folder.name.lower(): folder for folder in folders_in(path)}
    images = next((by_name[name] for name in IMAGES if name in by_name), None)
    masks = next((by_name[name] for name in MASKS if name in by_name), None)
    return (images, masks) if images and masks else None


def parts_of(path: Path) -> dict[str, tuple[Path, Path]]:
    """The folders of images and masks of every split; "" stands for no splits."""
    outer = {folder.name: two_folders(folder) for folder in folders_in(path)}
    outer = {name: two for name, two in outer.items() if two and _is_split(name)}
    two = two_folders(path)
    if two is None:
        return outer
    inner = {folder.name for two_of in two for folder in folders_in(two_of)}
    if inner and all(map(_is_split, inner)):
        return {name: (two[0] / name, two[1] / name) for name in sorted(inner)}
    return {"": two}


def _masks_in(folders: Iterable[Path], ending: str) -> list[Path]:
    """The masks of splits that are not opened, and so need no partners."""
    return [
        file
        for folder in folders
        if folder.is_dir()
        for file in find_images(folder)[0]
        if file.stem.endswith(ending)
    ]


def _is_split(name: str) -> bool:
    return name.lower() in SPLITS


def _read_labels(source: Source, palette, table) -> Labels:
    mask = read_mask(source.mask_path, palette)
    return Labels(mask if table is None else look_up(mask, table, source.mask_path))


def _colors_of(colors, palette, classes: int):
    if colors is None and isinstance(palette, np.ndarray) and len(palette) == classes:
        return palette
    return colors
