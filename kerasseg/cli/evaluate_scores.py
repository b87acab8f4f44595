"""What `kerasseg evaluate` knows after each image."""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np

from kerasseg.cli.evaluate_objects import ObjectScores
from kerasseg.cli.evaluate_panels import panels_of
from kerasseg.data import Sample, SegmentationDataset
from kerasseg.metrics import (
    MeanOverImages,
    boundary_f1,
    count_confusion,
    measure_confusion,
    trimap_confusion,
    trimap_measure,
)

MEASURES = (
    *("pixel_accuracy", "mean_accuracy", "mean_iou"),
    *("frequency_weighted_iou", "mean_dice"),
)
_OF_CLASSES = ("accuracy", "iou", "dice")
_RADII = (1, 2, 5, 10, 20)


class Scores:
    """Counts of all images, the score of each, and the worst of them.

    Args:
        dataset: The data set.
        options: `worst`, `boundaries`, `instances`, `objects` and `min_size`.
        at_ignored: Whether ignored pixels are boundaries, as in PASCAL VOC.

    Attributes:
        matrix: `(classes, classes)` counts of all images.
        worst: `(mean IoU, name, panels)` of the worst images, the worst first.
    """

    def __init__(
        self,
        dataset: SegmentationDataset,
        options: argparse.Namespace,
        at_ignored: bool = False,
    ):
        self.dataset = dataset
        self.matrix = np.zeros((dataset.classes,) * 2, np.int64)
        self.worst: list[tuple[float, str, list[np.ndarray]]] = []
        self._keep = options.worst
        self._draws = bool(options.output)
        self._ignored = 0
        self._of_images: list[dict[str, Any]] = []
        self._boundaries = None
        if options.boundaries:
            self._boundaries = BoundaryScores(dataset, at_ignored)
        self._objects = ObjectScores(dataset, options) if options.instances else None

    def add(self, sample: Sample, labels: np.ndarray) -> None:
        """Adds an image, with labels `(height, width)` that the net gave it."""
        ignore = self.dataset.ignore_class
        matrix = count_confusion(sample.mask, labels, self.dataset.classes, ignore)
        self.matrix += matrix
        self._ignored += sample.mask.size - int(matrix.sum())
        values = {name: measure_confusion(matrix, name).value for name in MEASURES}
        found = {"image": sample.name, **values}
        if self._boundaries:
            found["boundary_f1"] = self._boundaries.add(sample, labels)
        if self._objects:
            found |= self._objects.add(sample, labels)
        self._of_images.append(found)
        if values["mean_iou"] is not None:
            self._remember(values["mean_iou"], sample, labels)

    def report(self) -> dict[str, Any]:
        """All that was found, as numbers, names, lists and `None`."""
        whole = {name: measure_confusion(self.matrix, name).value for name in MEASURES}
        classes = self._of_classes()
        report: dict[str, Any] = {
            "images": len(self._of_images),
            "images_left_out": sum(f["mean_iou"] is None for f in self._of_images),
            "pixels": int(self.matrix.sum()),
            "pixels_ignored": self._ignored,
            "measures": {
                name: {"dataset": whole[name], "image": self._mean(name)}
                for name in MEASURES
            },
            "classes": classes,
            "classes_left_out": [c["class"] for c in classes if c["iou"] is None],
        }
        if self._boundaries:
            report["boundaries"] = self._boundaries.report()
        if self._objects:
            report["objects"] = self._objects.report()
        report["worst"] = [{"image": n, "mean_iou": v} for v, n, _ in self.worst]
        return report | {"each_image": self._of_images}

    def _remember(self, score, sample, labels):
        """Keeps the worst; their pictures are small, the images may not be."""
        if len(self.worst) >= self._keep and (
            not self.worst or score >= self.worst[-1][0]
        ):
            return
        panels = panels_of(sample, labels, self.dataset) if self._draws else []
        self.worst.append((score, sample.name, panels))
        self.worst.sort(key=lambda kept: kept[0])
        del self.worst[self._keep :]

    def _mean(self, name):
        values = [found[name] for found in self._of_images if found[name] is not None]
        return float(np.mean(values)) if values else None

    def _of_classes(self):
        columns = {
            name: list(measure_confusion(self.matrix, name).per_class.values())
            for name in _OF_CLASSES
        }
        return [
            {
                "class": name,
                "pixels": int(self.matrix[index].sum()),
                **{measure: values[index] for measure, values in columns.items()},
            }
            for index, name in enumerate(self.dataset.names)
        ]


class BoundaryScores:
    """Boundary F1, and accuracy near boundaries."""

    def __init__(self, dataset: SegmentationDataset, at_ignored: bool):
        self._classes = dataset.classes
        self._options = {
            "ignore_class": dataset.ignore_class,
            "at_ignored": at_ignored,
        }
        self._f1 = MeanOverImages(boundary_f1, "mean", **self._options)
        self._bands = np.zeros((len(_RADII), dataset.classes, dataset.classes), int)

    def add(self, sample: Sample, labels: np.ndarray) -> float | None:
        before = self._f1.images
        self._f1.update(sample.mask, labels)
        self._bands += trimap_confusion(
            sample.mask, labels, _RADII, self._classes, **self._options
        )
        return self._f1.values[-1] if self._f1.images > before else None

    def report(self) -> dict[str, Any]:
        accuracies = trimap_measure(self._bands)
        return {
            "boundary_f1": self._f1.result(),
            "images_left_out": self._f1.left_out,
            "accuracy_within_pixels": {
                str(radius): value
                for radius, value in zip(_RADII, accuracies, strict=True)
            },
        }
