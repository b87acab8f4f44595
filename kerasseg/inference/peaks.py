"""From a map of class probabilities to a list of objects: one detection per peak."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import ndimage

from kerasseg.errors import ArgumentError

if TYPE_CHECKING:
    from kerasseg.geometry import ReceptiveField

_BLUR = 0.7  # cells; settles which of a few equally sure neighbours is the peak


class Detection(NamedTuple):
    """An object found in an image.

    `box` is `(top, left, bottom, right)` in pixels, half-open, and `score` the
    probability of class `label`.
    """

    label: int
    score: float
    box: tuple[float, float, float, float]


def find_peaks(
    scores: np.ndarray,
    receptive_field: ReceptiveField,
    background: int | None = None,
    threshold: float = 0.5,
    object_size: tuple[int, int] | None = None,
) -> list[Detection]:
    """Finds the objects in a map of class probabilities, each of them once.

    A cell is a peak where nothing within half an object's size is more surely an
    object. Cells that tie make one peak together. The position is refined to a fraction
    of a cell by the weight of the 3 by 3 cells about the peak.

    Args:
        scores: `(h, w, classes)` probabilities, as a converted classifier gives them.
        receptive_field: That of the net, which says where its cells see.
        background: The class that means "nothing here", or `None` if there is none.
        threshold: Least probability of an object, between 0 and 1.
        object_size: Height and width of the boxes in pixels, and the distance at which
            objects are told apart; by default the receptive field's size.

    Returns:
        The detections, surest first; those that tie, from the top left.

    Raises:
        ArgumentError: `scores` has another shape or holds NaN, or `background` is not
            one of its classes.

    Example:

    >>> import numpy as np
    >>> from kerasseg.geometry import ReceptiveField
    >>> scores = np.zeros((9, 9, 2))
    >>> scores[3, 5, 1] = 0.75
    >>> field = ReceptiveField(size=(32, 32), stride=(4, 4), offset=(0, 0))
    >>> find_peaks(scores, field)
    [Detection(label=1, score=0.75, box=(12.0, 20.0, 44.0, 52.0))]
    """
    scores = _checked(scores, background)
    if scores.size == 0:
        return []
    if background is not None:
        scores = scores.copy()
        scores[..., background] = 0
    size = object_size or receptive_field.size
    blurred = ndimage.gaussian_filter(scores, (_BLUR, _BLUR, 0), mode="constant")
    found = []
    for row, column in _peak_cells(blurred.max(axis=-1), size, receptive_field.stride):
        label = int(blurred[row, column].argmax())
        around = _around(scores[..., label], row, column)
        score = float(around.max())
        if score >= threshold:
            down, across = ndimage.center_of_mass(around)
            place = row + down - 1, column + across - 1
            found.append(Detection(label, score, _box(place, size, receptive_field)))
    return sorted(found, key=lambda detection: -detection.score)


def _checked(scores, background):
    scores = np.asarray(scores, np.float64)
    if scores.ndim != 3:
        raise ArgumentError(
            f"scores must have shape (h, w, classes). Received: {scores.shape}"
        )
    if np.isnan(scores).any():
        raise ArgumentError("scores must be numbers. Received: NaN in some cells")
    if background is not None and not 0 <= background < scores.shape[-1]:
        raise ArgumentError(
            f"background must be one of the {scores.shape[-1]} classes. "
            f"Received: {background}"
        )
    return scores


def _peak_cells(surface, size, stride):
    """Middle cell of every plateau that is highest within half an object's size."""
    reach = [2 * int(s / t / 2) + 1 for s, t in zip(size, stride, strict=True)]
    highest = ndimage.maximum_filter(surface, reach, mode="constant")
    # Rounding in the blur may part cells that tie.
    summits = (surface >= highest * (1 - 1e-9)) & (surface > 0)
    plateaus, count = ndimage.label(summits, np.ones((3, 3)))
    for plateau in range(1, count + 1):
        cells = np.argwhere(plateaus == plateau)
        yield cells[np.abs(cells - cells.mean(axis=0)).sum(axis=1).argmin()]


def _around(surface, row, column):
    return np.pad(surface, 1)[row : row + 3, column : column + 3]


def _box(place, size, receptive_field):
    corner = [
        float(offset + cell * stride + (seen - extent) / 2)
        for offset, cell, stride, seen, extent in zip(
            receptive_field.offset,
            place,
            receptive_field.stride,
            receptive_field.size,
            size,
            strict=True,
        )
    ]
    return (*corner, corner[0] + float(size[0]), corner[1] + float(size[1]))
