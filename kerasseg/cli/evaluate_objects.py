"""The objects in the masks of `kerasseg evaluate --instances`."""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np

from kerasseg.data import Sample, SegmentationDataset
from kerasseg.data.class_names import find_class
from kerasseg.metrics import (
    MeanOverImages,
    ObjectMatches,
    adapted_rand_error,
    label_objects,
    match_objects,
    mean_count_error,
    seg_of_objects,
    variation_of_information,
)


class ObjectScores:
    """Measures of objects: connected parts of some classes.

    True objects are the instances of the data set, where it has them, else connected
    parts as well.

    Args:
        dataset: The data set.
        options: `objects` and `min_size`.
    """

    def __init__(self, dataset: SegmentationDataset, options: argparse.Namespace):
        names = dataset.names
        wanted = options.objects
        self._classes = (
            [find_class(name, names, len(names)) for name in wanted]
            if wanted
            else list(range(1, len(names)))
        )
        self._ignored = dataset.ignore_class
        self._min_size = options.min_size
        self._matches = ObjectMatches.none()
        self._precisions: list[float] = []
        self._seg: list[np.ndarray] = []
        self._counts: list[tuple[int, int]] = []
        self._rand = MeanOverImages(adapted_rand_error, "error")
        self._variation = MeanOverImages(
            variation_of_information, "total", ignore_label=0
        )

    def add(self, sample: Sample, labels: np.ndarray) -> dict[str, Any]:
        """Adds an image; returns its own measures."""
        predicted = self._object_classes(labels)
        if self._ignored is not None:
            predicted[sample.mask == self._ignored] = 0
        found = label_objects(predicted, min_size=self._min_size)
        true = self._true_objects(sample)
        matches = match_objects(true, found)
        self._matches += matches
        self._precisions.append(matches.mean)
        self._seg.append(seg_of_objects(true, found))
        numbers = len(np.setdiff1d(true, [0])), int(found.max(initial=0))
        self._counts.append(numbers)
        self._rand.update(true, found)
        self._variation.update(true, found)
        return {
            "average_precision": matches.mean,
            "objects": numbers[0],
            "objects_found": numbers[1],
        }

    def report(self) -> dict[str, Any]:
        seg = np.concatenate([np.zeros(0), *self._seg])
        true, found = zip(*self._counts, strict=True)
        return {
            "true": sum(true),
            "found": sum(found),
            "mean_count_error": mean_count_error(true, found),
            "average_precision": {
                "dataset": self._matches.mean,
                "image": float(np.mean(self._precisions)),
            },
            "precision_at": dict(
                zip(
                    map(str, self._matches.thresholds),
                    self._matches.precisions.tolist(),
                    strict=True,
                )
            ),
            "seg": float(seg.mean()) if len(seg) else None,
            "adapted_rand_error": self._rand.result(),
            "variation_of_information": self._variation.result(),
            "images_without_objects": self._rand.left_out,
        }

    def _true_objects(self, sample):
        mask = self._object_classes(sample.mask)
        if sample.instances is None:
            return label_objects(mask)
        return np.where(mask > 0, sample.instances, 0)

    def _object_classes(self, labels):
        """Classes of objects counted from 1, since class 0 may be one; others 0."""
        labels = labels.astype(np.int32)
        return np.where(np.isin(labels, self._classes), labels + 1, 0)
