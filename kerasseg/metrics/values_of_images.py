"""The measures of each image by itself, summed up for their mean over images."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
from keras import ops

from kerasseg.metrics.exact_sums import ExactSum, parts_of
from kerasseg.metrics.measures import evaluate_measure


class ValuesOfImages:
    """Running sums of measures over the images that have them.

    Args:
        metric: The Keras metric that owns the variables.
        lengths: How many values each measure has, by its name.
        kept: `(classes,)` bool, the classes that means run over.
    """

    def __init__(
        self, metric: keras.metrics.Metric, lengths: Mapping[str, int], kept: np.ndarray
    ):
        ends = np.cumsum(list(lengths.values())).tolist()
        self._places = {
            name: slice(end - length, end)
            for (name, length), end in zip(lengths.items(), ends, strict=True)
        }
        self._kept = kept
        self._sums = ExactSum(metric, (ends[-1],), "sums")
        self._images = ExactSum(metric, (ends[-1],), "images")
        self._seen = ExactSum(metric, (2,), "seen")  # all, and those not ignored

    def add(self, matrices: Any, filled: Any) -> None:
        """Adds images.

        Args:
            matrices: `(images, classes, classes)` float32 counts.
            filled: `(images,)` bool, whether an image has pixels that are not ignored.
        """
        found = [
            evaluate_measure(ops, measure, matrices, self._kept)
            for measure in self._places
        ]
        values, exist = (
            ops.concatenate([ops.cast(pair[i], "float32") for pair in found], axis=-1)
            for i in (0, 1)
        )
        self._sums.add(parts_of(ops.sum(values, axis=0)))
        self._images.add(parts_of(ops.sum(exist, axis=0)))
        filled = ops.cast(filled, "float32")
        seen = ops.stack([ops.ones_like(filled), filled], axis=-1)  # (images, 2)
        self._seen.add(parts_of(ops.sum(seen, axis=0)))

    def means(self, xp: Any, measure: str) -> tuple[Any, Any]:
        """The means of a measure, by NumPy or `keras.ops`, and which of them exist."""
        read = ExactSum.read if xp is ops else ExactSum.numpy
        sums, images = (
            read(found)[self._places[measure]] for found in (self._sums, self._images)
        )
        exist = images > 0
        return sums / xp.where(exist, images, xp.ones_like(images)), exist

    def numbers(self) -> tuple[int, int]:
        """How many images have pixels that are not ignored, and how many have none."""
        seen, filled = self._seen.numpy()
        return int(filled), int(seen - filled)
