"""Which class is taken for which, as a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from kerasseg.errors import ArgumentError
from kerasseg.visualize.names import ClassNames, class_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_CELL = 0.45  # inches
_LARGEST = 14.0  # inches
_MOST_NUMBERS = 25  # classes; beyond, numbers would not be legible
_ABSENT = "#d9d9d9"


def draw_confusion_matrix(
    matrix: np.ndarray,
    class_names: ClassNames | None = None,
    *,
    normalize: bool = True,
    title: str | None = None,
    axes: Axes | None = None,
) -> Figure:
    """Draws a confusion matrix: rows are the true classes, columns the predicted ones.

    Args:
        matrix: `(classes, classes)` counts or weights, at least 0, as
            `metrics.ConfusionMatrix` gives by `numpy()`.
        class_names: Names by class; by default their numbers.
        normalize: Whether each cell shows its share of the row, in percent, so that
            the diagonal is each class's accuracy; else its count. A class without
            labels has no shares: its row is grey.
        title: Text above.
        axes: Where to draw; by default in a new figure.

    Returns:
        The figure.

    Raises:
        ArgumentError: The matrix is not square, holds what is negative or not finite,
            or a class has no name.

    Example:

    >>> import numpy as np
    >>> figure = draw_confusion_matrix(np.array([[3, 1], [0, 4]]), ["cat", "dog"])
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['75', '25', '0', '100']
    """
    matrix = _checked(matrix)
    names = range(len(matrix)) if class_names is None else class_names
    labels = [str(class_name(names, index)) for index in range(len(matrix))]
    values = _shares(matrix) if normalize else matrix
    if axes is None:
        side = min(_CELL * len(matrix) + 1.5, _LARGEST)
        axes = Figure(figsize=(side + 1, side), layout="constrained").add_subplot()
    largest = 100 if normalize else max(matrix.max(), 1)
    picture = axes.imshow(values, cmap="Blues", vmin=0, vmax=largest)
    axes.set_facecolor(_ABSENT)  # shows where a row is NaN
    _add_names(axes, labels)
    if len(matrix) <= _MOST_NUMBERS:
        _add_numbers(axes, values, largest)
    what = "percent of the true class" if normalize else "pixels"
    axes.figure.colorbar(picture, ax=axes, label=what, shrink=0.8)
    if title:
        axes.set_title(title, parse_math=False)
    return axes.figure


def _checked(matrix):
    matrix = np.asarray(matrix, np.float64)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or not matrix.size:
        raise ArgumentError(
            f"matrix must be (classes, classes). Received: shape {matrix.shape}"
        )
    if not (np.isfinite(matrix).all() and matrix.min() >= 0):
        raise ArgumentError(
            "matrix must hold numbers of at least 0. Received: "
            f"{matrix.min()} to {matrix.max()}"
        )
    return matrix


def _shares(matrix):
    """Percent of each row; NaN in rows without labels."""
    totals = matrix.sum(axis=1, keepdims=True)
    return 100 * matrix / np.where(totals > 0, totals, np.nan)


def _add_names(axes, labels):
    ticks = range(len(labels))
    axes.set_xticks(ticks, labels, rotation=90, parse_math=False)
    axes.set_yticks(ticks, labels, parse_math=False)
    axes.tick_params(length=0, labelsize=8)
    axes.set(xlabel="predicted class", ylabel="true class")


def _add_numbers(axes, values, largest):
    for (row, column), value in np.ndenumerate(values):
        if np.isfinite(value):
            color = "white" if value > largest / 2 else "black"
            style = {"ha": "center", "va": "center", "fontsize": 7}
            axes.text(column, row, f"{value:.0f}", color=color, **style)
