"""A confusion matrix that reads every measure, and the same by hand."""

import numpy as np
from checks.masks import IGNORED

from kerasseg.metrics import ConfusionMatrix
from kerasseg.metrics.measures import MEASURES

CLASSES = 4


def new_matrix(**options):
    return ConfusionMatrix(CLASSES, tuple(MEASURES), ignore_class=IGNORED, **options)


def count_by_hand(true, predicted, weights=None, classes=CLASSES):
    counts = np.zeros((classes, classes))
    weights = np.ones(true.shape) if weights is None else weights
    for t, p, w in zip(true.flat, predicted.flat, weights.flat, strict=True):
        if t != IGNORED:
            counts[t, p] += w
    return counts


def measures_by_hand(counts):
    """Each measure in plain Python; `None` where there is nothing to measure."""
    right, labels, guesses = np.diag(counts), counts.sum(1), counts.sum(0)
    each = {
        "accuracy": [r / t if t else None for r, t in zip(right, labels, strict=True)],
        "iou": [],
        "dice": [],
    }
    for r, t, p in zip(right, labels, guesses, strict=True):
        each["iou"].append(r / (t + p - r) if t + p - r else None)
        each["dice"].append(2 * r / (t + p) if t + p else None)
    values = dict(each)
    for name in ("accuracy", "iou", "dice"):
        there = [value for value in each[name] if value is not None]
        values[f"mean_{name}"] = sum(there) / len(there) if there else None
    total = counts.sum()
    values["pixel_accuracy"] = right.sum() / total if total else None
    values["frequency_weighted_iou"] = (
        sum(t * (v or 0) for t, v in zip(labels, each["iou"], strict=True)) / total
        if total
        else None
    )
    return values


def means_of_images(matrices):
    """The measures of each image, then their mean over the images that have one."""
    found = [measures_by_hand(matrix) for matrix in matrices]
    return {
        name: [mean(column) for column in zip(*(f[name] for f in found), strict=True)]
        if isinstance(found[0][name], list)
        else mean([f[name] for f in found])
        for name in found[0]
    }


def mean(values):
    there = [value for value in values if value is not None]
    return sum(there) / len(there) if there else None
