"""Measures of dense prediction, summed over batches, replicas and images.

Of classes, as Keras metrics on one confusion matrix, on every backend; of boundaries,
regions and instances, as functions of NumPy arrays, one image at a time.
"""

from kerasseg.metrics.cell_tracking import seg_measure, seg_of_objects
from kerasseg.metrics.confusion_matrix import ConfusionMatrix
from kerasseg.metrics.counted_matrix import count_confusion, measure_confusion
from kerasseg.metrics.details import Details
from kerasseg.metrics.image_means import MeanOverImages
from kerasseg.metrics.object_counts import (
    count_objects,
    label_objects,
    mean_count_error,
)
from kerasseg.metrics.object_matches import (
    ObjectMatches,
    average_precision,
    match_objects,
)
from kerasseg.metrics.outlines import BoundaryScores, boundary_f1
from kerasseg.metrics.panoptic import PanopticQuality, panoptic_quality
from kerasseg.metrics.regions import (
    RandError,
    Variation,
    adapted_rand_error,
    variation_of_information,
)
from kerasseg.metrics.single_measures import (
    Dice,
    FrequencyWeightedIoU,
    IoU,
    MeanAccuracy,
    MeanIoU,
    PixelAccuracy,
)
from kerasseg.metrics.trimaps import trimap_accuracy, trimap_confusion, trimap_measure

__all__ = [
    "BoundaryScores",
    "ConfusionMatrix",
    "Details",
    "Dice",
    "FrequencyWeightedIoU",
    "IoU",
    "MeanAccuracy",
    "MeanIoU",
    "MeanOverImages",
    "ObjectMatches",
    "PanopticQuality",
    "PixelAccuracy",
    "RandError",
    "Variation",
    "adapted_rand_error",
    "average_precision",
    "boundary_f1",
    "count_confusion",
    "count_objects",
    "label_objects",
    "match_objects",
    "mean_count_error",
    "measure_confusion",
    "panoptic_quality",
    "seg_measure",
    "seg_of_objects",
    "trimap_accuracy",
    "trimap_confusion",
    "trimap_measure",
    "variation_of_information",
]
