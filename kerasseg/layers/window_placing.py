"""The values of windows, put to the places in the map that their codes tell."""

from __future__ import annotations

import numpy as np
from keras import ops

from kerasseg.layers.pooling_windows import Windows


def placed(x, codes, rows: Windows, columns: Windows, size=None, add=False):
    """Zeros, and each value at its place.

    Args:
        x: The values, (B, h, w, C).
        codes: The position of each in its window, likewise.
        rows: The windows along the height.
        columns: The windows along the width.
        size: Height and width of the map, or `None` for what the windows reach.
        add: Whether values that meet at one place are added up; otherwise that of the
            last window in row-major order stands.
    """
    total = None
    # A window covers several blocks of stride by stride places. Windows that cover a
    # block with a later part of theirs begin earlier, so they come first.
    for i in reversed(range(rows.reach)):
        for j in reversed(range(columns.reach)):
            shift = (i, rows.reach - 1 - i), (j, columns.reach - 1 - j)
            values, own = _in_blocks(x, codes, _block(rows, columns, i, j), shift)
            if total is None:
                total = ops.where(own, values, 0)
            elif add:
                total = total + ops.where(own, values, 0)
            else:
                total = ops.where(own, values, total)
    batch, *counts, channels = ops.shape(x)
    lengths = (
        (n + w.reach - 1) * w.stride
        for n, w in zip(counts, (rows, columns), strict=True)
    )
    total = ops.reshape(total, (batch, *lengths, channels))
    return _fitted(total, counts, rows, columns, size)


def _block(rows: Windows, columns: Windows, i: int, j: int) -> np.ndarray:
    """The codes of the block of places that lies `i` down and `j` right in a window."""
    y = np.arange(rows.stride)[:, None] + i * rows.stride
    x = np.arange(columns.stride)[None] + j * columns.stride
    inside = (y < rows.size) & (x < columns.size)
    # The places of gaps get one more than the greatest code, which no window has.
    return np.where(inside, y * columns.size + x, rows.size * columns.size)


def _in_blocks(x, codes, block, shift):
    """Each value, and whether it belongs there, at each place of its block.

    Both are (B * h, stride or 1, w, stride or 1, C), with five axes as LiteRT takes no
    more.
    """
    codes = ops.cast(codes, "int32")  # LiteRT spreads no bytes over five axes
    if shift != ((0, 0), (0, 0)):
        # What is added at the borders stands for no window, so its code becomes -1.
        codes = ops.pad(codes + 1, ((0, 0), *shift, (0, 0))) - 1
        x = ops.pad(x, ((0, 0), *shift, (0, 0)))
    batch, height, width, channels = ops.shape(x)
    blocks = (batch * height, 1, width, 1, channels)
    block = block.reshape(1, block.shape[0], 1, block.shape[1], 1).astype("int32")
    return ops.reshape(x, blocks), ops.equal(ops.reshape(codes, blocks), block)


def _fitted(x, counts, rows: Windows, columns: Windows, size):
    """Cuts, and fills up with zeros, to the map that the windows were of."""
    windows = rows, columns
    if size is None:
        size = [w.length(n) for w, n in zip(windows, counts, strict=True)]
    begins = [w.before(n) for w, n in zip(windows, size, strict=True)]
    ends = [begin + n for begin, n in zip(begins, size, strict=True)]
    missing = [
        _missing(w, end, length)
        for w, end, length in zip(windows, ends, ops.shape(x)[1:3], strict=True)
    ]
    if any(missing):
        x = ops.pad(x, ((0, 0), (0, missing[0]), (0, missing[1]), (0, 0)))
    return x[:, begins[0] : ends[0], begins[1] : ends[1]]


def _missing(window: Windows, end, length) -> int:
    """How many rows the map needs behind the last window, or the most that it can."""
    if isinstance(end, int) and isinstance(length, int):
        return max(end - length, 0)
    return 0 if window.same else max(window.size, window.stride) - 1
