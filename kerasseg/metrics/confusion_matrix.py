"""One streaming confusion matrix, and every measure that can be read from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from kerasseg.ignored_labels import (
    IgnoreClass,
    checked_ignore_class,
    ignored_labels,
)
from kerasseg.metrics.details import Details, describe
from kerasseg.metrics.exact_sums import ExactSum, sum_cells
from kerasseg.metrics.measures import MEASURES, evaluate_measure
from kerasseg.metrics.options import check_options
from kerasseg.metrics.pixel_labels import pixel_labels
from kerasseg.metrics.values_of_images import ValuesOfImages

_DEFAULT = ("pixel_accuracy", "mean_accuracy", "mean_iou", "frequency_weighted_iou")


@keras.saving.register_keras_serializable(package="kerasseg")
class ConfusionMatrix(keras.metrics.Metric):
    """Counts which class was taken for which, and reads several measures from it.

    All measures share the one matrix, which costs one pass over the labels. The counts
    are exact: a float32 count would stop at 16 777 216 pixels, that is after 100 photos
    of 360×480. They are the same on one replica and on several.

    What there is nothing to measure of is left out, never NaN: a class with neither
    labels nor predictions is no part of a mean (for accuracies, a class without
    labels), an image whose pixels are all ignored is no part of a mean over images.
    If nothing is left, `result()` is 0. What was left out, `details()` tells. NaN has
    one meaning: some score of a pixel that counts was NaN, so the net has come apart.
    All measures are NaN then; the pixel is in no cell of the matrix.

    Measures, with their definitions in https://arxiv.org/abs/1411.4038:
    `"pixel_accuracy"`, `"mean_accuracy"`, `"mean_iou"`, `"frequency_weighted_iou"`,
    `"mean_dice"`, and `"accuracy"`, `"iou"` and `"dice"` of each class.

    Args:
        classes: How many classes, at least 2.
        measures: Names of the measures that `result()` gives.
        average: `"dataset"`: from the counts of all images, as the benchmarks do.
            `"image"`: measured on each image, then the mean over images; for measures
            of a class, over the images that hold it.
        ignore_class: Label of the pixels that do not count, such as 255, several, or
            `None`.
        threshold: For predictions of one channel: a score above it means class 1. Use
            0 for logits. Predictions of several channels need none: the largest wins,
            be it of logits or of probabilities.
        class_names: One for each class, by default `"class_0"` and so on.
        leave_out: Classes that are no part of means over classes, such as the
            background; their pixels still count for the others.
        name: Name of the metric.
        dtype: Not used: counts are exact, results are float32.

    Call:
        `y_true`: `(batch, height, width)` class ids, with or without a last axis of 1,
        or one-hot. `y_pred`: `(batch, height, width, classes)` scores,
        `(batch, height, width, 1)` scores of class 1, or integers: class ids.
        `sample_weight`: one per pixel or per image.

    Raises:
        ArgumentError: An argument has none of the values above, or the shapes do not
            fit together.

    Example:

    >>> import numpy as np
    >>> matrix = ConfusionMatrix(3, ignore_class=255)
    >>> matrix.update_state(np.array([[[0, 0, 1, 255]]]), np.array([[[0, 1, 1, 1]]]))
    >>> matrix.numpy()
    array([[1, 1, 0],
           [0, 1, 0],
           [0, 0, 0]])
    >>> print(matrix.details()["mean_iou"])
    mean_iou 0.5000; left out: class_2; 3 pixels counted; 1 ignored
    """

    def __init__(
        self,
        classes: int,
        measures: Sequence[str] = _DEFAULT,
        *,
        average: str = "dataset",
        ignore_class: IgnoreClass = None,
        threshold: float = 0.5,
        class_names: Sequence[str] | None = None,
        leave_out: Sequence[int] = (),
        name: str | None = None,
        dtype: Any = None,
    ):
        super().__init__(name=name, dtype=dtype)
        check_options(classes, measures, average, class_names, leave_out)
        self.classes = int(classes)
        self.measures = tuple(measures)
        self.average = average
        self.ignore_class = checked_ignore_class(ignore_class)
        self.threshold = threshold
        self.class_names = None if class_names is None else tuple(class_names)
        self.leave_out = tuple(leave_out)
        self._kept = np.isin(np.arange(classes), leave_out, invert=True)
        # Behind the matrix: the pixels ignored, those whose label is no class, and
        # those whose scores are NaN.
        self._cells = self.classes**2 + 3
        self._counts = ExactSum(self, (self._cells,), "counts")
        if average == "image":
            lengths = {measure: len(self._keys(measure)) for measure in measures}
            self._of_images = ValuesOfImages(self, lengths, self._kept)

    def update_state(self, y_true, y_pred, sample_weight=None):
        *pixels, weights = pixel_labels(
            *(y_true, y_pred, sample_weight),
            *(self.classes, ignored_labels(self.ignore_class), self.threshold),
        )
        cells = self._cells_of(*pixels)
        images = 1
        if self.average == "image":
            images = ops.shape(cells)[0]
            first = ops.arange(images, dtype="int32") * self._cells
            shape = (-1, *[1] * (len(cells.shape) - 1))
            cells = cells + ops.reshape(first, shape)
        weights = None if weights is None else ops.reshape(weights, (-1,))
        parts, of_images = sum_cells(
            ops.reshape(cells, (-1,)), weights, images, self._cells
        )
        self._counts.add(parts)
        if self.average == "image":
            filled = ops.any(of_images[:, : self.classes**2] > 0, axis=-1)
            self._of_images.add(self._as_matrix(ops, of_images), filled)

    def result(self):
        """The measures: a dict of scalars, by name.

        Measures of each class appear as `"iou_sky"` and so on, with `"iou_left_out"`,
        how many classes have none and stand there as 0.
        """
        results = {}
        for measure in self.measures:
            values, exist = self._values(ops, measure)
            keys = self._keys(measure)
            results.update((key, values[index]) for index, key in enumerate(keys))
            if MEASURES[measure].over_classes == "each":
                missing = ops.cast(ops.logical_not(exist), "float32")
                results[f"{measure}_left_out"] = ops.sum(missing)
        return results

    def numpy(self) -> np.ndarray:
        """The matrix so far: rows are the true classes, columns the predicted ones.

        Returns:
            `(classes, classes)` int64, or float64 once weights were given that are no
            integers.
        """
        matrix = self._as_matrix(np, self._counts.numpy())
        is_whole = (matrix == np.floor(matrix)).all()
        return matrix.astype(np.int64) if is_whole else matrix

    def details(self) -> dict[str, Details]:
        """Each measure in float64, with what it was made of and what it left out."""
        return {measure: self._describe(measure) for measure in self.measures}

    def get_config(self):
        options = ("classes", "measures", "average", "ignore_class", "threshold")
        config = {name: getattr(self, name) for name in options}
        config |= {"class_names": self.class_names, "leave_out": self.leave_out}
        return super().get_config() | config

    def _cells_of(self, true, predicted, unknown, ignored):
        """The cell of each pixel, among the matrix and the three behind it."""
        cells = true * self.classes + predicted
        is_class = (true >= 0) & (true < self.classes)
        is_class = is_class & (predicted >= 0) & (predicted < self.classes)
        cells = ops.where(is_class, cells, self.classes**2 + 1)
        if unknown is not None:
            cells = ops.where(unknown, self.classes**2 + 2, cells)
        return cells if ignored is None else ops.where(ignored, self.classes**2, cells)

    def _values(self, xp, measure):
        """Values of one measure and whether they exist, from all that was added."""
        counts = self._counts.read() if xp is ops else self._counts.numpy()
        if self.average == "image":
            values, exist = self._of_images.means(xp, measure)
        else:
            matrix = self._as_matrix(xp, counts)
            values, exist = evaluate_measure(xp, measure, matrix, self._kept)
        is_nan = counts[-1] > 0
        nan = xp.full_like(values, float("nan"))
        return xp.where(is_nan, nan, values), xp.logical_or(exist, is_nan)

    def _as_matrix(self, xp, counts):
        several = (-1,) * (len(counts.shape) - 1)
        shape = (*several, self.classes, self.classes)
        return xp.reshape(counts[..., : self.classes**2], shape)

    def _keys(self, measure):
        if MEASURES[measure].over_classes == "each":
            return [f"{measure}_{name}" for name in self._names()]
        return [measure]

    def _names(self):
        return self.class_names or [f"class_{i}" for i in range(self.classes)]

    def _describe(self, measure):
        counts = self._counts.numpy()
        images = missing = None
        if self.average == "image":
            images, missing = self._of_images.numbers()
        return describe(
            measure,
            self.average,
            self._as_matrix(np, counts),
            *self._values(np, measure),
            names=self._names(),
            kept=self._kept,
            ignored=float(counts[-3]),
            outside=float(counts[-2]),
            nan=float(counts[-1]),
            images=images,
            images_left_out=missing,
        )
