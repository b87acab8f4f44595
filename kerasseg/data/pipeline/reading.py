"""Samples as they are before any change, read once where they are kept."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kerasseg.data.pipeline.cache import Decoded, FolderCache, MemoryCache, made_of
from kerasseg.data.pipeline.weighting import WeightMap, check_map, map_of
from kerasseg.data.weight_maps import separation_border
from kerasseg.errors import ArgumentError, DataError

if TYPE_CHECKING:
    from kerasseg.data.dataset import Sample, SegmentationDataset


def sample_reader(
    dataset: SegmentationDataset,
    weight_map: WeightMap = None,
    separate: int = 0,
    cache: bool | str | Path = False,
) -> Callable[[int], Decoded]:
    """A function that gives the sample of an index, with its weight map.

    Args:
        dataset: What to read.
        weight_map: As for `Pipeline`.
        separate: As for `Pipeline`.
        cache: As for `Pipeline`.

    Raises:
        ArgumentError: They do not go together.
        FileError: The folder of the cache cannot be made.
    """
    check_map(weight_map)
    if not isinstance(separate, int) or separate < 0:
        raise ArgumentError(
            "separate must be a whole number of at least 0. "
            f"Received: separate={separate!r}"
        )

    def read(index: int) -> Decoded:
        sample = _separated(_checked(dataset, index), separate)
        weights = map_of(weight_map, sample)
        return Decoded(sample.name, sample.image, _small(sample.mask), weights)

    if isinstance(cache, bool):
        return MemoryCache(read) if cache else read
    if callable(weight_map):
        raise ArgumentError(
            "cache: a folder cannot tell whether the function that is weight_map has "
            f"changed; pass cache=True. Received: cache={cache!r}"
        )
    return FolderCache(read, cache, made_of(dataset, repr((weight_map, separate))))


def _checked(dataset: SegmentationDataset, index: int) -> Sample:
    """The sample, if its mask holds classes; own data sets do not look themselves."""
    sample, ignored = dataset[index], dataset.ignore_class
    wrong = (sample.mask < 0) | (sample.mask >= len(dataset.names))
    if ignored is not None:
        wrong &= sample.mask != ignored
    if wrong.any():
        found = ", ".join(map(str, np.unique(sample.mask[wrong])[:5]))
        raise DataError(
            f"{dataset.name}: the mask of {sample.name} must hold the class ids 0 … "
            f"{len(dataset.names) - 1}, or the dataset's ignore_class. "
            f"Received: {found}, ignore_class={ignored}"
        )
    return sample


def _separated(sample: Sample, width: int) -> Sample:
    """The sample with background between instances that touch, in the mask too."""
    if not width:
        return sample
    if sample.instances is None:
        raise ArgumentError(
            f"separate={width} needs instances, and {sample.name} has none. "
            "Received: a data set without instances"
        )
    border = separation_border(sample.instances, width)
    mask, instances = (np.where(border, 0, a) for a in (sample.mask, sample.instances))
    return sample._replace(mask=mask, instances=instances)


def _small(mask: np.ndarray) -> np.ndarray:
    """In a quarter of the memory, where the labels allow for it."""
    if mask.size and mask.min() >= 0 and mask.max() <= 255:
        return mask.astype(np.uint8)
    return mask
