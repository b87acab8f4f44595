"""What every reader gives: images with masks of class ids, and what the ids mean."""

from __future__ import annotations

import copy
import operator
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from kerasseg.data.check import CheckReport, check_samples
from kerasseg.data.images import read_image
from kerasseg.data.listing import Problem
from kerasseg.data.masks import check_ids, read_mask, same_size
from kerasseg.data.palettes import check_colors, voc_colormap
from kerasseg.data.statistics import ClassStatistics, count_classes
from kerasseg.errors import ArgumentError, DataError, FileError

if TYPE_CHECKING:
    import tensorflow as tf


class Sample(NamedTuple):
    """An image and what is known of its pixels.

    Attributes:
        image: `(height, width, channels)` uint8, uint16 or float32.
        mask: `(height, width)` int32 class ids, or the ignored label.
        name: Unique in the data set.
        instances: `(height, width)` int32 instance ids from 1, 0 = none; or None.
    """

    image: np.ndarray
    mask: np.ndarray
    name: str
    instances: np.ndarray | None = None


@dataclass(frozen=True)
class Source:
    """Where a sample is read from; of a stack, its image number `frame`.

    Attributes:
        name: Unique in the data set.
        image_path: The file of the image.
        mask_path: That of the mask, or a folder with a file for each object.
        frame: Number of the image in its stack, from 0.
        other_paths: Further files of which the labels are made.
    """

    name: str
    image_path: Path
    mask_path: Path
    frame: int = 0
    other_paths: tuple[Path, ...] = ()


class Labels(NamedTuple):
    """Mask `(height, width)` of class ids, and of instance ids where there are any."""

    mask: np.ndarray
    instances: np.ndarray | None = None


def read_photo(source: Source, channels: int = 3) -> np.ndarray:
    """The usual way to read a sample's image."""
    return read_image(source.image_path, channels, frame=source.frame)


def read_labels(source: Source) -> Labels:
    """The usual way to read a sample's mask: ids as stored."""
    return Labels(read_mask(source.mask_path, frame=source.frame))


class SegmentationDataset:
    """Images with masks of class ids, read from disk when asked for.

    `open_dataset` makes one from a folder. It may be read by several threads at once.

    Args:
        name: Of the data set, for messages.
        sources: Where each sample is read from; at least one.
        names: Class names; the index is the class id.
        colors: `(classes, 3)` 0…255; those of PASCAL VOC by default.
        ignore_class: Label of pixels that belong to no class, beyond the class ids.
        split: Name of the part that this is, or None for all.
        splits: Names of the parts that there are.
        read_image: Reads the image of a source, `(height, width, channels)`.
        read_labels: Reads the `Labels` of a source.

    Attributes:
        name, split, splits, names, colors, ignore_class: As given.
        classes: Number of classes.
        format: Of `FORMATS`, that in which `open_dataset` read it; else None.

    Raises:
        ArgumentError: Names, colours and the ignored label do not fit together.
        DataError: There are no samples, or two of them have the same name.

    Example:

    >>> import tempfile
    >>> from PIL import Image
    >>> path = Path(tempfile.mkdtemp()) / "a.png"
    >>> Image.new("L", (6, 4), 1).save(path)
    >>> dataset = SegmentationDataset("toy", [Source("a", path, path)], ["sky", "car"])
    >>> dataset[0].image.shape, dataset.class_statistics().pixels.tolist()
    ((4, 6, 3), [0, 24])
    """

    def __init__(
        self,
        name: str,
        sources: Sequence[Source],
        names: Sequence[str],
        *,
        colors: np.ndarray | None = None,
        ignore_class: int | None = None,
        split: str | None = None,
        splits: Sequence[str] = (),
        read_image: Callable[[Source], np.ndarray] = read_photo,
        read_labels: Callable[[Source], Labels] = read_labels,
    ):
        self.name = name
        self.format: str | None = None
        self.names = tuple(names)
        self.colors = _colors(colors, self.classes)
        self.ignore_class = _ignored(ignore_class, self.classes)
        self.split = split
        self.splits = tuple(splits)
        self._sources = _checked(name, sources)
        self._read_image = read_image
        self._read_labels = read_labels
        self._statistics: ClassStatistics | None = None

    @property
    def classes(self) -> int:
        return len(self.names)

    @property
    def image_paths(self) -> list[Path]:
        """The file of each image; of a stack, the same file again and again."""
        return [source.image_path for source in self._sources]

    @property
    def mask_paths(self) -> list[Path]:
        """The file of each mask; of a stack, the same file again and again."""
        return [source.mask_path for source in self._sources]

    @property
    def other_paths(self) -> list[tuple[Path, ...]]:
        """Further files that each sample is made of: its objects, for example."""
        return [source.other_paths for source in self._sources]

    @property
    def sample_names(self) -> list[str]:
        """The name of each sample."""
        return [source.name for source in self._sources]

    @property
    def readers(self) -> tuple[Callable, Callable]:
        """What reads the image and the labels of a source, with its options."""
        return self._read_image, self._read_labels

    def __len__(self) -> int:
        return len(self._sources)

    def __getitem__(self, index: int) -> Sample:
        source = self._sources[operator.index(index)]
        image = self._read_image(source)  # (H, W, C)
        mask, instances = self._labels_of(source)  # (H, W)
        same_size(source.mask_path, mask, image, source.image_path)
        return Sample(image, mask, source.name, instances)

    def __iter__(self) -> Iterator[Sample]:
        return (self[i] for i in range(len(self)))

    def __repr__(self) -> str:
        split = "" if self.split is None else f" {self.split}"
        return f"<{self.name}{split}: {len(self)} images, {self.classes} classes>"

    def labels(self, index: int) -> Labels:
        """Reads a sample's mask alone, without its image."""
        return self._labels_of(self._sources[operator.index(index)])

    def subset(self, indices: Sequence[int]) -> SegmentationDataset:
        """The data set of some samples, in the order given; repeats are allowed.

        Raises:
            ArgumentError: An index is out of range, or there is none.
        """
        indices = [operator.index(i) for i in indices]
        count = len(self)
        if not indices or not all(-count <= i < count for i in indices):
            raise ArgumentError(
                f"indices must hold numbers from {-count} to {count - 1}. "
                f"Received: {indices[:9]}"
            )
        part = copy.copy(self)
        part._sources = [self._sources[i] for i in indices]
        part._statistics = None
        return part

    def class_statistics(self) -> ClassStatistics:
        """Counts the classes over all masks; read once, then remembered.

        Raises:
            FileError: A mask cannot be read.
        """
        if self._statistics is None:
            masks = (self.labels(i).mask for i in range(len(self)))
            self._statistics = count_classes(masks, self.classes)
        return self._statistics

    def check(self) -> CheckReport:
        """Reads every image and mask, and reports every file at fault."""
        return check_samples(self.name, self._sources, self._problems_of)

    def to_tf_data(self, batch_size: int = 1, **options) -> tf.data.Dataset:
        """One epoch of batches as a `tf.data.Dataset`.

        Args:
            batch_size: Images a batch.
            **options: `shuffle`, `seed` and the others of `kerasseg.data.Pipeline`.

        Returns:
            Batches of `(images, masks)`, or with pixel weights behind them.
        """
        from kerasseg.data.pipeline import Pipeline

        options = {"shuffle": False, **options}
        return Pipeline(self, batch_size, **options).epoch(0)

    def _problems_of(self, source: Source) -> Iterator[Problem]:
        image = None
        try:
            image = self._read_image(source)
        except FileError as error:
            yield error.path, error.problem
        try:
            labels = self._labels_of(source)
            if image is not None:
                same_size(source.mask_path, labels.mask, image, source.image_path)
        except FileError as error:
            yield error.path, error.problem

    def _labels_of(self, source: Source) -> Labels:
        labels = self._read_labels(source)
        check_ids(labels.mask, self.classes, self.ignore_class, source.mask_path)
        return labels


def _colors(colors: np.ndarray | None, classes: int) -> np.ndarray:
    if classes < 1:
        raise ArgumentError(f"names must hold a class. Received: {classes} names")
    if colors is None:
        colors = np.resize(voc_colormap(), (classes, 3))
    return check_colors(colors, classes)


def _ignored(ignore_class: int | None, classes: int) -> int | None:
    if ignore_class is not None and 0 <= ignore_class < classes:
        raise ArgumentError(
            f"ignore_class must not be one of the {classes} classes. "
            f"Received: ignore_class={ignore_class}"
        )
    return ignore_class


def _checked(name: str, sources: Sequence[Source]) -> list[Source]:
    sources = list(sources)
    if not sources:
        raise DataError(f"{name}: holds no images")
    first: dict[str, Source] = {}
    for source in sources:
        other = first.setdefault(source.name, source)
        if other is not source:
            raise DataError(
                f"{name}: two samples have the name {source.name!r}",
                [(other.image_path, "first"), (source.image_path, "second")],
            )
    return sources
