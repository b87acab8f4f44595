"""The measures of dense prediction one at a time, each a Keras metric."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import keras
from keras import ops

from kerasseg.errors import ArgumentError
from kerasseg.metrics.confusion_matrix import ConfusionMatrix
from kerasseg.metrics.details import Details

_register = keras.saving.register_keras_serializable(package="kerasseg")


class SingleMeasure(ConfusionMatrix):
    """A `ConfusionMatrix` that is read in one way; `result()` is a scalar."""

    MEASURE: str

    def __init__(self, classes: int, *, name: str | None = None, **options: Any):
        options.setdefault("measures", (self.MEASURE,))
        super().__init__(classes, name=name or self.MEASURE, **options)

    def result(self):
        return super().result()[self.measures[0]]

    def details(self) -> Details:
        """The measure in float64, with what it was made of and what it left out."""
        return super().details()[self.measures[0]]

    def get_config(self):
        config = super().get_config()
        del config["measures"]
        return config


@_register
class PixelAccuracy(SingleMeasure):
    """Pixels that are given their class, of all pixels that count.

    Also called global accuracy. https://arxiv.org/abs/1411.4038

    Args:
        classes: How many classes.
        options: `average`, `ignore_class`, `threshold`, `class_names`, `leave_out`,
            `name`, as for `ConfusionMatrix`.

    Example:

    >>> import numpy as np
    >>> metric = PixelAccuracy(2)
    >>> float(metric(np.array([[[0, 0, 1, 1]]]), np.array([[[0, 0, 0, 1]]])))
    0.75
    """

    MEASURE = "pixel_accuracy"


@_register
class MeanAccuracy(SingleMeasure):
    """Of the pixels of a class, those given that class; the mean over classes.

    Classes without labels are left out. https://arxiv.org/abs/1411.4038

    Args:
        classes: How many classes.
        options: As for `PixelAccuracy`.

    Example:

    >>> import numpy as np
    >>> metric = MeanAccuracy(3)
    >>> float(metric(np.array([[[0, 0, 1, 1]]]), np.array([[[0, 0, 0, 1]]])))
    0.75
    >>> metric.details().left_out
    ('class_2',)
    """

    MEASURE = "mean_accuracy"


@_register
class MeanIoU(SingleMeasure):
    """Intersection over union of labels and predictions; the mean over classes.

    Classes with neither labels nor predictions are left out.
    https://arxiv.org/abs/1411.4038

    Args:
        classes: How many classes.
        options: As for `PixelAccuracy`.

    Example:

    >>> import numpy as np
    >>> metric = MeanIoU(3)
    >>> value = metric(np.array([[[0, 0, 1, 1]]]), np.array([[[0, 0, 0, 1]]]))
    >>> round(float(value), 4)  # (2/3 + 1/2) / 2
    0.5833
    """

    MEASURE = "mean_iou"


@_register
class FrequencyWeightedIoU(SingleMeasure):
    """Intersection over union, each class weighted by how many pixels are labelled so.

    https://arxiv.org/abs/1411.4038

    Args:
        classes: How many classes.
        options: As for `PixelAccuracy`.

    Example:

    >>> import numpy as np
    >>> metric = FrequencyWeightedIoU(2)
    >>> value = metric(np.array([[[0, 0, 0, 1]]]), np.array([[[0, 0, 1, 1]]]))
    >>> round(float(value), 4)  # 3/4 · 2/3 + 1/4 · 1/2
    0.625
    """

    MEASURE = "frequency_weighted_iou"


class _OfOneClass(SingleMeasure):
    """A measure that `target_class` may ask of one class alone."""

    def __init__(self, classes: int, *, target_class: int | None = None, **options):
        if target_class is not None and target_class not in range(classes):
            raise ArgumentError(
                f"target_class must be one of 0 to {classes - 1}. "
                f"Received: target_class={target_class!r}"
            )
        if target_class is not None:
            options["measures"] = (self.MEASURE.removeprefix("mean_"),)
        super().__init__(classes, **options)
        self.target_class = target_class

    def result(self):
        if self.target_class is None:
            return super().result()
        return self._values(ops, self.measures[0])[0][self.target_class]

    def details(self):
        details = super().details()
        if self.target_class is None:
            return details
        name = self._names()[self.target_class]
        value = details.per_class[name]
        left_out = (name,) if value is None else ()
        return replace(details, value=value, left_out=left_out)

    def get_config(self):
        return super().get_config() | {"target_class": self.target_class}


@_register
class IoU(_OfOneClass):
    """Intersection over union of labels and predictions, of each class.

    Args:
        classes: How many classes.
        target_class: The only class to measure: `result()` is a scalar then, else a
            dict `"iou_sky"` and so on, with `"iou_left_out"`, how many classes there
            are without a value; they stand there as 0.
        options: As for `PixelAccuracy`.

    Example:

    >>> import numpy as np
    >>> metric = IoU(3, class_names=["road", "car", "sky"])
    >>> metric.update_state(np.array([[[0, 0, 1, 1]]]), np.array([[[0, 0, 1, 0]]]))
    >>> {name: round(float(value), 3) for name, value in metric.result().items()}
    {'iou_road': 0.667, 'iou_car': 0.5, 'iou_sky': 0.0, 'iou_left_out': 1.0}
    >>> metric.details().per_class["sky"] is None
    True
    """

    MEASURE = "iou"

    def result(self):
        if self.target_class is None:
            return ConfusionMatrix.result(self)
        return super().result()


# The loss of this name is "kerasseg>Dice": of two, only the later would be found.
@keras.saving.register_keras_serializable(package="kerasseg", name="DiceMetric")
class Dice(_OfOneClass):
    """Twice the intersection over the sum of areas (F1); the mean over classes.

    Classes with neither labels nor predictions are left out.

    Args:
        classes: How many classes.
        target_class: The only class to measure, such as 1 for the foreground of two;
            by default all but those in `leave_out`.
        options: As for `PixelAccuracy`.

    Example:

    >>> import numpy as np
    >>> metric = Dice(2, target_class=1)
    >>> value = metric(np.array([[[0, 0, 1, 1]]]), np.array([[[0, 0, 0, 1]]]))
    >>> round(float(value), 4)  # 2 · 1 / (2 + 1)
    0.6667
    """

    MEASURE = "mean_dice"

    def __init__(self, classes: int, *, name: str | None = "dice", **options: Any):
        super().__init__(classes, name=name, **options)
