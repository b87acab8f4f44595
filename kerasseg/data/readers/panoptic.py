"""COCO panoptic: one PNG an image whose colours are segments, and a JSON about them.

    train2017/000000000009.jpg
    annotations/panoptic_train2017.json
    annotations/panoptic_train2017/000000000009.png     id = red + 256·green + 256²·blue

Kirillov et al., Panoptic Segmentation, CVPR 2019. https://cocodataset.org
"""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import numpy as np

from kerasseg.data.dataset import Labels, SegmentationDataset, Source
from kerasseg.data.decoding import opened, upright
from kerasseg.data.listing import check_folder
from kerasseg.data.pairing import pair_listed
from kerasseg.data.readers.splits import join_splits, pick_splits
from kerasseg.errors import FileError

_VOID = 255

_NOT_SO = (
    *(OSError, ValueError, TypeError, KeyError, AttributeError, OverflowError),
    RecursionError,
)


def open_coco_panoptic(
    path: str | Path, split: str | None = None
) -> SegmentationDataset:
    """Opens a data set in COCO's panoptic format.

    Args:
        path: The folder that holds `annotations` and the folders of images.
        split: `"train2017"` for example; None for all.

    Returns:
        Classes in the order of the JSON's categories; pixels of no segment are
        ignored. Each sample has `instances`: things that are no crowd are numbered.

    Raises:
        FileError: A folder or JSON file is missing or broken.
        DataError: Images or masks are missing; all are named.
    """
    path = check_folder(path)
    picked, available = pick_splits(path, _parts(path), split)
    contents = {part: _Content(file) for part, file in picked.items()}
    first = next(iter(contents.values()))
    for other in contents.values():
        if other.categories != first.categories:
            raise FileError(other.file, f"has other categories than {first.file.name}")
    ignored = _VOID if len(first.names) <= _VOID else 65535
    sources = {part: c.sources(path / part) for part, c in contents.items()}
    segments = {mask: s for c in contents.values() for mask, s in c.segments.items()}
    return SegmentationDataset(
        "COCO panoptic",
        join_splits(sources),
        first.names,
        colors=first.colors,
        ignore_class=ignored,
        split=split,
        splits=available,
        read_labels=partial(_read_labels, segments=segments, ignored=ignored),
    )


def looks_like(path: Path) -> bool:
    return bool(_parts(path))


def read_segment_ids(path: Path) -> np.ndarray:
    """`(height, width)` int32 ids of segments from the three colours of a PNG."""
    with opened(path, ("PNG",)) as image:
        image = upright(image)
        if image.mode != "RGB":
            raise FileError(path, f"must be stored in RGB, not {image.mode}")
        red, green, blue = np.moveaxis(np.asarray(image).astype(np.int32), -1, 0)
    return red + (green << 8) + (blue << 16)


def _parts(path: Path) -> dict[str, Path]:
    files = sorted((path / "annotations").glob("panoptic_*.json"))
    parts = {file.stem.removeprefix("panoptic_"): file for file in files}
    return {part: file for part, file in parts.items() if (path / part).is_dir()}


class _Content:
    """What a JSON file says, checked for what we need of it."""

    def __init__(self, file: Path):
        self.file = file
        try:
            content = json.loads(file.read_bytes())
            categories = content["categories"]
            self.categories = [(int(c["id"]), str(c["name"])) for c in categories]
            self._things = {int(c["id"]) for c in categories if c.get("isthing", 1)}
            self._annotations = [
                (_key(a["file_name"]), _segments(a["segments_info"]))
                for a in content["annotations"]
            ]
        except _NOT_SO as error:
            text = f"is no JSON of panoptic annotations: {type(error).__name__} {error}"
            raise FileError(file, " ".join(text.split())) from error
        if not categories:
            raise FileError(file, "has no categories")
        self.colors = _colors(categories)
        self.segments: dict[Path, np.ndarray] = {}

    @property
    def names(self) -> list[str]:
        return [name for _, name in self.categories]

    def sources(self, images: Path) -> list[Source]:
        """The pairs; notes down what segments each mask has."""
        masks = check_folder(self.file.with_suffix(""))
        names = [name for name, _ in self._annotations]
        pairs = pair_listed(names, images, masks, self.file)
        for pair, (_, segments) in zip(pairs, self._annotations, strict=True):
            self.segments[pair.mask] = self._classified(segments)
        return [Source(*pair) for pair in pairs]

    def _classified(self, segments: np.ndarray) -> np.ndarray:
        """Rows of segment id, class, instance; sorted by segment id."""
        class_of = {number: i for i, (number, _) in enumerate(self.categories)}
        unknown = {int(c) for _, c, _ in segments} - class_of.keys()
        if unknown:
            raise FileError(self.file, f"has no category {min(unknown)}, but segments")
        rows, instances = [], 0
        for number, category, crowd in sorted(segments.tolist()):
            single = category in self._things and not crowd
            instances += single
            rows.append((number, class_of[category], instances if single else 0))
        return np.array(rows, np.int64).reshape(-1, 3)


def _key(file_name: str) -> str:
    return file_name.removesuffix(Path(file_name).suffix)


def _segments(infos: list) -> np.ndarray:
    """Rows of segment id, category, crowd."""
    rows = [
        (int(s["id"]), int(s["category_id"]), int(s.get("iscrowd", 0))) for s in infos
    ]
    return np.array(rows, np.int64).reshape(-1, 3)


def _colors(categories: list) -> np.ndarray | None:
    colors = [category.get("color") for category in categories]
    array = np.array(colors) if None not in colors else np.zeros(0)
    return array if array.shape == (len(categories), 3) else None


def _read_labels(source: Source, segments: dict, ignored: int) -> Labels:
    ids = read_segment_ids(source.mask_path)
    known = np.concatenate([[(0, ignored, 0)], segments[source.mask_path]])
    place = np.searchsorted(known[:, 0], ids).clip(max=len(known) - 1)
    strange = known[place, 0] != ids
    if strange.any():
        row, column = np.argwhere(strange)[0]
        raise FileError(
            source.mask_path,
            f"holds a segment that the JSON does not describe: {ids[row, column]}, "
            f"in row {row}, column {column}",
        )
    labels = known[place].astype(np.int32)  # (H, W, 3)
    return Labels(labels[..., 1], labels[..., 2])
