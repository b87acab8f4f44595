"""Measures of a confusion matrix, as quotients that know when they are empty.

Each function takes a matrix `(..., classes, classes)`, rows the true class, columns the
predicted one, and the module to compute with: NumPy or `keras.ops`. It returns the
numerators and denominators; a denominator of 0 means that there was nothing to measure.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np


def pixel_accuracy(xp, matrix):
    """Pixels that are right, of all: `(..., 1)`."""
    right = xp.sum(_diagonal(xp, matrix), axis=-1, keepdims=True)
    return right, xp.sum(xp.sum(matrix, axis=-1), axis=-1, keepdims=True)


def accuracy(xp, matrix):
    """Pixels of a class that are right, of all that carry its label."""
    return _diagonal(xp, matrix), xp.sum(matrix, axis=-1)


def iou(xp, matrix):
    """Intersection of a class's labels and predictions, over their union."""
    both = _diagonal(xp, matrix)
    return both, xp.sum(matrix, axis=-1) + xp.sum(matrix, axis=-2) - both


def dice(xp, matrix):
    """Twice the intersection, over the sum of the two areas."""
    areas = xp.sum(matrix, axis=-1) + xp.sum(matrix, axis=-2)
    return 2 * _diagonal(xp, matrix), areas


class Measure(NamedTuple):
    """How one number, or one a class, comes out of a matrix."""

    quotients: Callable
    over_classes: str | None = None  # None: no class; "each", "mean" or "frequency"


MEASURES = {
    "pixel_accuracy": Measure(pixel_accuracy),
    "accuracy": Measure(accuracy, "each"),
    "mean_accuracy": Measure(accuracy, "mean"),
    "iou": Measure(iou, "each"),
    "mean_iou": Measure(iou, "mean"),
    "frequency_weighted_iou": Measure(iou, "frequency"),
    "dice": Measure(dice, "each"),
    "mean_dice": Measure(dice, "mean"),
}


def evaluate_measure(
    xp: Any, name: str, matrix: Any, kept: np.ndarray
) -> tuple[Any, Any]:
    """The values of one measure, and which of them are empty.

    Args:
        xp: NumPy or `keras.ops`.
        name: A key of `MEASURES`.
        matrix: `(..., classes, classes)` float counts.
        kept: `(classes,)` bool, the classes that means run over.

    Returns:
        Values `(..., n)`, 0 where there is none, and `(..., n)` bool, whether there is
        one; `n` is the number of classes for measures of each class, else 1.
    """
    over_classes = MEASURES[name].over_classes
    values, exist = evaluate_each(xp, name, matrix)
    if over_classes in (None, "each"):
        return values, exist
    shares = xp.where(
        xp.logical_and(exist, kept), xp.ones_like(values), xp.zeros_like(values)
    )
    if over_classes == "frequency":
        shares = shares * xp.sum(matrix, axis=-1)
    weighted = xp.sum(values * shares, axis=-1, keepdims=True)
    return _divide(xp, weighted, xp.sum(shares, axis=-1, keepdims=True))


def evaluate_each(xp: Any, name: str, matrix: Any) -> tuple[Any, Any]:
    """As `evaluate_measure`, before any mean over classes."""
    return _divide(xp, *MEASURES[name].quotients(xp, matrix))


def _divide(xp, numerators, denominators):
    exist = denominators > 0
    safe = xp.where(exist, denominators, xp.ones_like(denominators))
    return xp.where(exist, numerators / safe, xp.zeros_like(safe)), exist


def _diagonal(xp, matrix):
    return xp.diagonal(matrix, axis1=-2, axis2=-1)  # (..., classes)
