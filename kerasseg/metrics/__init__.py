"""Measures of dense prediction, summed over batches, replicas and images.

Of classes, as Keras metrics on one confusion matrix, on every backend; of boundaries,
regions and instances, as functions of NumPy arrays, one image at a time.
"""

from kerasseg.metrics.confusion_matrix import ConfusionMatrix
from kerasseg.metrics.details import Details
from kerasseg.metrics.single_measures import (
    Dice,
    FrequencyWeightedIoU,
    IoU,
    MeanAccuracy,
    MeanIoU,
    PixelAccuracy,
)

__all__ = [
    "ConfusionMatrix",
    "Details",
    "Dice",
    "FrequencyWeightedIoU",
    "IoU",
    "MeanAccuracy",
    "MeanIoU",
    "PixelAccuracy",
]
