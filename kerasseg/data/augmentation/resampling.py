"""The values of an image between its pixels, and beyond its border."""

from __future__ import annotations

import numpy as np


def inside(y: np.ndarray, x: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Whether the nearest pixel to each place is one of the image."""
    height, width = size
    return (y >= -0.5) & (y < height - 0.5) & (x >= -0.5) & (x < width - 0.5)


def nearest(array: np.ndarray, y: np.ndarray, x: np.ndarray, mirror: bool):
    """The nearest pixel of each place.

    Args:
        array: `(height, width, ...)`.
        y: `(h, w)` rows, in pixels.
        x: `(h, w)` columns.
        mirror: Whether the image goes on mirrored beyond its border, the outermost
            pixels not repeated, or with its outermost pixels.

    Returns:
        `(h, w, ...)` of the array's type.
    """
    rows, columns = np.floor(y + 0.5), np.floor(x + 0.5)
    return _take(array, _at(rows, array, 0, mirror), _at(columns, array, 1, mirror))


def bilinear(array: np.ndarray, y: np.ndarray, x: np.ndarray, mirror: bool):
    """The value at each place, linear between the four pixels around it.

    Args:
        array: `(height, width, channels)`.
        y: `(h, w)` rows, in pixels.
        x: `(h, w)` columns.
        mirror: As for `nearest`.

    Returns:
        `(h, w, channels)` float32.
    """
    top, left = np.floor(y), np.floor(x)
    down = (y - top).astype(np.float32)[..., None]  # (h, w, 1)
    right = (x - left).astype(np.float32)[..., None]
    rows = [_at(top + step, array, 0, mirror) for step in (0, 1)]
    columns = [_at(left + step, array, 1, mirror) for step in (0, 1)]
    upper, lower = (
        _between(*(_take(array, row, column) for column in columns), right)
        for row in rows
    )
    return _between(upper, lower, down)


def _between(first: np.ndarray, second: np.ndarray, share: np.ndarray) -> np.ndarray:
    first = first.astype(np.float32, copy=False)
    return first + share * (second.astype(np.float32, copy=False) - first)


def _at(index: np.ndarray, array: np.ndarray, axis: int, mirror: bool) -> np.ndarray:
    """Indices inside the image for those of places beyond its border."""
    last = array.shape[axis] - 1
    index = index.astype(np.int32)  # enough: images have fewer than 2³¹ pixels
    if not mirror or not last:
        return np.clip(index, 0, last)
    index = np.abs(index)
    if index.max(initial=0) > 2 * last:  # rare, and divisions are slow
        index %= 2 * last
    return last - np.abs(last - index)


def _take(array: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """`array[rows, columns]`, by the faster way of NumPy."""
    flat = array.reshape(-1, *array.shape[2:])
    return np.take(flat, rows * array.shape[1] + columns, axis=0)
