"""Pooling by the position inside each window, without addresses and without scatter.

A code is the place of a window's greatest value inside that window, counted row by row.
Slices, `maximum`, `where` and reshapes are all it takes, which run on every backend, in
every export and under XLA; gather and scatter do not.
"""

from __future__ import annotations

from keras import ops

from kerasseg.layers.pooling_windows import Windows


def codes_dtype(rows: Windows, columns: Windows) -> str:
    """One byte a code, unless a window has more cells than a byte has values."""
    return "uint8" if rows.size * columns.size <= 256 else "int32"


def pool(x, rows: Windows, columns: Windows):
    """The greatest value of each window, and its code; the first of equal ones."""
    cells = window_cells(x, rows, columns)
    pooled = cells[-1]  # (B, h, w, C)
    dtype = codes_dtype(rows, columns)
    codes = ops.full_like(pooled, len(cells) - 1, dtype=dtype)
    for code in reversed(range(len(cells) - 1)):
        # A NaN gives way to any number, as in TensorFlow's own pooling.
        wins = ops.logical_or(cells[code] >= pooled, pooled != pooled)
        pooled = ops.where(wins, cells[code], pooled)
        codes = ops.where(wins, ops.cast(code, dtype), codes)
    return pooled, codes


def window_cells(x, rows: Windows, columns: Windows) -> list:
    """The first cells of all windows, the second ones, and so on."""
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


def _begun_at_first_window(x, rows: Windows, columns: Windows):
    if not rows.same:
        return x
    lowest = float("-inf")
    _, height, width, _ = ops.shape(x)
    # The split of the padding may depend on a size that only the run knows.
    pads = [((w.size - 1) // 2, w.size - 1) for w in (rows, columns)]
    x = ops.pad(x, ((0, 0), *pads, (0, 0)), constant_values=lowest)
    top, left = (
        pad[0] - w.before(n)
        for pad, w, n in zip(pads, (rows, columns), (height, width), strict=True)
    )
    bottom, right = top + height + rows.size - 1, left + width + columns.size - 1
    return x[:, top:bottom, left:right]


def unpool(x, codes, rows: Windows, columns: Windows, size):
    """Each value at the place that its code says, zeros elsewhere.

    Where windows overlap and several chose one place, the last window's value stands.
    """
    count = rows.reach, columns.reach
    bands = []
    for row in range(rows.stride):  # places y, x with y % stride == row, likewise x
        phases = []
        for column in range(columns.stride):
            phases.append(_phase(x, codes, rows, columns, row, column))
        bands.append(ops.concatenate(phases, axis=-1))  # (B, M, N, stride * C)
    stacked = ops.stack(bands, axis=2)  # (B, M, stride, N, stride * C)
    batch, height, width, channels = ops.shape(x)
    height, width = height + count[0], width + count[1]
    y = ops.reshape(
        stacked, (batch, height * rows.stride, width * columns.stride, channels)
    )
    top, left = rows.before(size[0]), columns.before(size[1])
    return y[:, top : top + size[0], left : left + size[1]]


def _phase(x, codes, rows, columns, row, column):
    """The values at the places of one remainder, (B, h + reach, w + reach, C)."""
    phase = None
    # Windows in row-major order: a later window reaches a place with an earlier cell.
    for i in range(rows.reach - 1, -1, -1):
        for j in range(columns.reach - 1, -1, -1):
            y, z = row + i * rows.stride, column + j * columns.stride
            if y >= rows.size or z >= columns.size:
                continue
            shift = (0, 0), (i, rows.reach - i), (j, columns.reach - j), (0, 0)
            chosen = ops.equal(codes, ops.cast(y * columns.size + z, codes.dtype))
            values = ops.pad(ops.where(chosen, x, ops.zeros_like(x)), shift)
            if phase is None:
                phase = values
            else:
                chosen = ops.pad(ops.cast(chosen, "uint8"), shift)
                phase = ops.where(chosen > 0, values, phase)
    if phase is not None:
        return phase
    return ops.pad(
        ops.zeros_like(x), ((0, 0), (0, rows.reach), (0, columns.reach), (0, 0))
    )
