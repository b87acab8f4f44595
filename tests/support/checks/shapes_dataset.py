"""A small data set in memory that looks like those of `kerasseg.data`."""

from types import SimpleNamespace
from typing import NamedTuple

import numpy as np


class Sample(NamedTuple):
    image: np.ndarray
    mask: np.ndarray
    name: str
    instances: np.ndarray | None = None


class ShapesDataset:
    """Images whose channels hold the sample's number, the class and the place.

    Args:
        count: How many.
        sizes: Their sizes, taken in turns.
        ignore_class: Label of some pixels, or `None`.
        dtype: Of the images; 16-bit ones hold 257 times the values.
    """

    name = "shapes"
    names = ("ground", "blob", "box")
    classes = 3
    colors = np.array([[0, 0, 0], [255, 0, 0], [0, 255, 0]], np.uint8)
    split = None

    def __init__(self, count=7, sizes=((12, 16),), ignore_class=255, dtype=np.uint8):
        self.ignore_class = ignore_class
        self.reads = []
        self._samples = [
            _sample(i, sizes[i % len(sizes)], ignore_class, dtype) for i in range(count)
        ]

    def __len__(self):
        return len(self._samples)

    def __getitem__(self, index):
        self.reads.append(int(index))
        return self._samples[index]

    def class_statistics(self):
        masks = [sample.mask for sample in self._samples]
        held = [[(mask == c).sum() for c in range(3)] for mask in masks]
        labelled = [sum(counts) for counts in held]
        return SimpleNamespace(
            pixels=np.sum(held, axis=0),
            pixels_of_images=np.sum(
                [[n * (c > 0) for c in h] for h, n in zip(held, labelled, strict=True)],
                axis=0,
            ),
        )


def _sample(number, size, ignore_class, dtype):
    rng = np.random.default_rng(number)
    mask = np.zeros(size, np.int32)
    instances = np.zeros(size, np.int32)
    for instance in (1, 2, 3):
        top, left = (int(rng.integers(0, n - 3)) for n in size)
        mask[top : top + 3, left : left + 4] = 1 + instance % 2
        instances[top : top + 3, left : left + 4] = instance
    if ignore_class is not None:
        mask[0, :2] = ignore_class
    place = np.arange(mask.size).reshape(size) % 256
    image = np.stack(
        [np.full(size, 10 * number), 80 * np.where(mask < 3, mask, 0), place], axis=-1
    )
    image = image.astype(dtype) * dtype(257 if dtype == np.uint16 else 1)
    return Sample(image, mask, f"shape{number}", instances)
