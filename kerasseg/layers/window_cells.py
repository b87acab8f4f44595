"""The cells of all windows of a map, as slices."""

from __future__ import annotations

import keras
import numpy as np
from keras import ops

from kerasseg.layers.pooling_windows import Windows


def window_cells(x, rows: Windows, columns: Windows) -> list:
    """The first cells of all windows, the second ones, and so on, row by row.

    Cells outside the map hold the lowest value that there is.
    """
    x = _begun_at_first_window(x, rows, columns)
    return [
        x[
            :,
            i : (i - rows.size + 1) or None : rows.stride,
            j : (j - columns.size + 1) or None : columns.stride,
        ]
        for i in range(rows.size)
        for j in range(columns.size)
    ]


def first_codes(x, cell, rows: Windows, columns: Windows):
    """The code of each window's first cell inside the map, (1, h or 1, w or 1, 1).

    Padding is no greater than any value, but may equal it: it is not to be chosen.

    Args:
        x: The map, (B, H, W, C).
        cell: One cell of each window, (B, h, w, C).
    """
    codes = 0
    for axis, (w, step) in enumerate(((rows, columns.size), (columns, 1)), 1):
        begins = ops.arange(ops.shape(cell)[axis], dtype="int32") * w.stride
        outside = ops.maximum(w.before(ops.shape(x)[axis]) - begins, 0)
        shape = [1, -1, 1, 1] if axis == 1 else [1, 1, -1, 1]
        codes = codes + ops.reshape(outside * step, shape)
    return codes


def picked(x, codes, rows: Windows, columns: Windows):
    """The cell of each window that its code tells, (B, h, w, C)."""
    *cells, value = window_cells(x, rows, columns)
    for code, cell in enumerate(cells):
        value = ops.where(ops.equal(codes, ops.cast(code, codes.dtype)), cell, value)
    return value


def _begun_at_first_window(x, rows: Windows, columns: Windows):
    """The map with the padding of `"same"`; as it is where there is none."""
    if not rows.same:
        return x
    _, *lengths, _ = ops.shape(x)
    # How the padding is split may hang on sizes that only the run knows, so it is added
    # where it may be needed and cut where it is not.
    most = [((w.size - 1) // 2, w.size - 1) for w in (rows, columns)]
    x = ops.pad(x, ((0, 0), *most, (0, 0)), constant_values=_lowest(x.dtype))
    cuts = [
        slice(pad - w.before(n), pad - w.before(n) + n + w.size - 1)
        for (pad, _), w, n in zip(most, (rows, columns), lengths, strict=True)
    ]
    return x[:, cuts[0], cuts[1]]


def _lowest(dtype):
    dtype = keras.backend.standardize_dtype(dtype)
    if keras.backend.is_float_dtype(dtype):
        return float("-inf")
    return int(np.iinfo(dtype).min)
