"""The confusion matrix of label maps in NumPy, and what can be read from one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kerasseg.errors import ArgumentError
from kerasseg.ignored_labels import IgnoreClass
from kerasseg.metrics.details import Details, describe
from kerasseg.metrics.label_maps import valid_pixels
from kerasseg.metrics.measures import evaluate_measure
from kerasseg.metrics.options import check_options


def count_confusion(
    y_true: np.ndarray,
    y_pred: np.ndarray,
    classes: int,
    ignore_class: IgnoreClass = None,
) -> np.ndarray:
    """Counts how many pixels of each class are given which class.

    Those of several images add up; `measure_confusion` reads them. While a net is
    trained, `ConfusionMatrix` counts on the device instead.

    Args:
        y_true: Class ids of any shape.
        y_pred: Class ids of that shape.
        classes: How many classes.
        ignore_class: Pixels that carry it in `y_true` do not count.

    Returns:
        `(classes, classes)` int64; rows are the true classes.

    Raises:
        ArgumentError: The shapes differ, or there are labels that are no class.

    Example:

    >>> import numpy as np
    >>> count_confusion(np.array([0, 0, 1, 9]), np.array([0, 1, 1, 1]), 2, 9)
    array([[1, 1],
           [0, 1]])
    """
    true, predicted = np.asarray(y_true), np.asarray(y_pred)
    if true.shape != predicted.shape:
        raise ArgumentError(
            "y_true and y_pred must have the same shape. "
            f"Received: {true.shape} and {predicted.shape}"
        )
    for name, labels in (("y_true", true), ("y_pred", predicted)):
        if labels.size and labels.dtype.kind not in "iub":
            raise ArgumentError(
                f"{name} must hold integers. Received: {name} of {labels.dtype}"
            )
    valid = valid_pixels(true, ignore_class)
    true, predicted = true[valid].astype(np.int64), predicted[valid].astype(np.int64)
    for name, labels in (("y_true", true), ("y_pred", predicted)):
        if labels.size and not 0 <= labels.min() <= labels.max() < classes:
            raise ArgumentError(
                f"{name} must hold the classes 0 to {classes - 1}, or the ignored "
                f"label. Received: {name} with {labels.min()} to {labels.max()}"
            )
    counts = np.bincount(true * classes + predicted, minlength=classes**2)
    return counts.reshape(classes, classes)


def measure_confusion(
    matrix: np.ndarray,
    measure: str = "mean_iou",
    class_names: Sequence[str] | None = None,
    leave_out: Sequence[int] = (),
) -> Details:
    """Reads one measure from a confusion matrix.

    Args:
        matrix: `(classes, classes)` counts; rows are the true classes.
        measure: As for `ConfusionMatrix`.
        class_names: One for each class.
        leave_out: Classes that are no part of means.

    Returns:
        The value, that of each class, and the classes that have none.

    Raises:
        ArgumentError: There is no such measure, or a class has no name.

    Example:

    >>> import numpy as np
    >>> details = measure_confusion(np.array([[3, 1], [0, 4]]))
    >>> round(details.value, 3), details.per_class
    (0.775, {'class_0': 0.75, 'class_1': 0.8})
    """
    matrix = np.asarray(matrix, np.float64)
    classes = len(matrix)
    check_options(classes, (measure,), "dataset", class_names, leave_out)
    kept = np.isin(np.arange(classes), leave_out, invert=True)
    return describe(
        measure,
        "dataset",
        matrix,
        *evaluate_measure(np, measure, matrix, kept),
        names=class_names or [f"class_{i}" for i in range(classes)],
        kept=kept,
        ignored=0.0,
        outside=0.0,
    )
