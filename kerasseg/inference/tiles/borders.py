"""Pieces of an image that may reach beyond its borders, read without the rest of it."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasseg.errors import ArgumentError

PADDING_MODES = ("reflect", "symmetric", "edge")


def read_piece(
    image: Any, top: int, left: int, size: tuple[int, int], mode: str | None
) -> np.ndarray:
    """Reads a piece of an image, continued beyond the borders.

    Args:
        image: Anything with `shape` that can be sliced along its first two axes.
        top: First row, negative above the image.
        left: First column, likewise.
        size: Height and width of the piece; it may be larger than the image.
        mode: `"reflect"`, `"symmetric"` or `"edge"`, as in `numpy.pad`.

    Returns:
        The piece, `(*size, ...)`.

    Example:

    >>> read_piece(np.array([[1, 2, 3]]), 0, -3, (1, 9), "reflect").tolist()
    [[2, 3, 2, 1, 2, 3, 2, 1, 2]]
    """
    rows = places(top, size[0], image.shape[0], mode)
    columns = places(left, size[1], image.shape[1], mode)
    first, start = int(rows.min()), int(columns.min())
    cut = image[first : int(rows.max()) + 1, start : int(columns.max()) + 1]
    piece = np.asarray(cut)
    for axis, wanted in ((0, rows - first), (1, columns - start)):
        if len(wanted) != piece.shape[axis] or (np.diff(wanted) != 1).any():
            piece = piece.take(wanted, axis)
    return piece


def places(start: int, count: int, length: int, mode: str | None) -> np.ndarray:
    """Which of `length` pixels stand at `start`, `start + 1` …, beyond the ends too."""
    wanted = np.arange(start, start + count)
    if start >= 0 and start + count <= length:
        return wanted
    if mode is None:
        raise ArgumentError(
            f"The net takes no image of this size, {length} pixels, and with "
            "padding_mode=None nothing may be added to it. Let padding_mode be "
            "'reflect', or cut the image."
        )
    if mode == "edge":
        return np.clip(wanted, 0, length - 1)
    if mode == "symmetric":
        place = wanted % (2 * length)
        return np.minimum(place, 2 * length - 1 - place)
    if length == 1:
        return np.zeros(count, int)
    place = wanted % (2 * length - 2)
    return np.minimum(place, 2 * length - 2 - place)
