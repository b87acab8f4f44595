"""Max pooling and its inverse by the position inside each window.

A code is the place of a window's greatest value inside that window, counted row by row.
Slices, compares, `where` and reshapes are all it takes. They run on every backend, in
every export and under XLA; scattering to addresses does not.
"""

from __future__ import annotations

from keras import ops

from kerasseg.layers.pooling_windows import Windows
from kerasseg.layers.window_cells import first_codes, picked, window_cells
from kerasseg.layers.window_placing import placed
from kerasseg.layers.xla_scope import xla_scope


def codes_dtype(rows: Windows, columns: Windows) -> str:
    """One byte a code, unless a window has more cells than a byte can count."""
    return "uint8" if rows.size * columns.size <= 255 else "int32"


def pool(x, rows: Windows, columns: Windows):
    """The greatest value of each window, and its code."""
    size = ops.shape(x)[1:3]
    with xla_scope():
        maxima, codes = _maxima_and_codes(ops.stop_gradient(x), rows, columns)

    # Left to itself, each of the slices would send back a map full of zeros.
    @ops.custom_gradient
    def differentiable(_):
        def gradient(*arguments, upstream=None):
            upstream = arguments[0] if upstream is None else upstream
            with xla_scope():
                return placed(upstream, codes, rows, columns, size, add=True)

        return maxima, gradient

    return differentiable(x), codes


def unpool(x, codes, rows: Windows, columns: Windows, size=None):
    """Each value at the place that its code tells, zeros elsewhere.

    Where windows overlap and several chose one place, the last window's value stands.
    """

    @ops.custom_gradient
    def differentiable(x):
        def gradient(*arguments, upstream=None):
            upstream = arguments[0] if upstream is None else upstream
            with xla_scope():
                return _fetched(upstream, codes, rows, columns)

        with xla_scope():
            return placed(x, codes, rows, columns, size), gradient

    return differentiable(x)


def _fetched(upstream, codes, rows: Windows, columns: Windows):
    """The gradient of unpooling: that of its place, for each value standing there."""
    values = picked(upstream, codes, rows, columns)
    if not (rows.overlap or columns.overlap):
        return values
    _, *counts, _ = ops.shape(codes)
    numbers = ops.reshape(ops.arange(counts[0] * counts[1]), (1, *counts, 1))
    numbers = numbers + ops.zeros_like(codes, dtype=numbers.dtype)  # (B, h, w, C)
    standing = placed(numbers, codes, rows, columns, ops.shape(upstream)[1:3])
    stands = ops.equal(picked(standing, codes, rows, columns), numbers)
    return ops.where(stands, values, 0)


def _maxima_and_codes(x, rows: Windows, columns: Windows):
    """As PyTorch does it: the first of equal values, but the last NaN before any."""
    first, *others = window_cells(x, rows, columns)
    maxima, codes = first, ops.zeros_like(first, dtype="int32")  # (B, h, w, C)
    if rows.same and max(rows.size, columns.size) > 2:
        codes = codes + first_codes(x, first, rows, columns)
    for code, cell in enumerate(others, 1):
        wins = ops.logical_or(ops.greater(cell, maxima), ops.not_equal(cell, cell))
        # Not `where`: tf2onnx multiplies by masks, and padding times 0 is no number.
        maxima = ops.maximum(cell, maxima)
        codes = ops.where(wins, code, codes)
    # LiteRT has no `where` of bytes, and XLA makes one loop of all this anyway.
    return maxima, ops.cast(codes, codes_dtype(rows, columns))
