"""The inverse of max pooling, by the positions that it kept."""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any

import keras
import numpy as np
from keras import ops

from kerasseg.errors import ArgumentError
from kerasseg.layers.pooling_windows import windows_of
from kerasseg.layers.window_codes import unpool


@keras.saving.register_keras_serializable(package="kerasseg")
class MaxUnpooling2D(keras.layers.Layer):
    """Puts each value back to where max pooling found it, and zeros elsewhere.

    The decoder of [SegNet](https://arxiv.org/abs/1511.00561) grows its maps by it. The
    positions come from a `MaxPoolingWithIndices2D` of the same arguments.

    Called as `layer([x, indices])`, the output has the smallest size that
    `padding="valid"` pools to that of `x`, and the largest that `padding="same"` does:
    for windows that do not overlap both are the size of `x` times the stride. Another
    size is asked for by `layer([x, indices], output_size=(height, width))`, one number
    for both, or by
    `layer([x, indices, like])`, which gives the output the height and width of `like`,
    even where they are unknown until the layer runs: a map of 45 rows pools to 23 and
    comes back to 45.

    Where windows overlap, several may have chosen one cell; the value of the last
    of them, row by row, then stands there and gets the gradient.

    Args:
        pool_size: Height and width of the window in cells, one integer or two.
        strides: Cells between the begins of neighbouring windows, likewise;
            `pool_size` if `None`.
        padding: `"valid"` or `"same"`, as in the pooling.
        **kwargs: Those of `keras.layers.Layer`, such as `name` and `dtype`.

    Input shape:
        A list of `(batch, height, width, channels)`, the positions in the same shape,
        and optionally `(batch, new_height, new_width, any)`; heights and widths may be
        `None`.

    Output shape:
        `(batch, new_height, new_width, channels)`.

    Raises:
        ArgumentError: An argument is outside its range, `x` and the positions differ
            in shape, or no map of the size asked for pools to the size of `x`.

    Example:

    >>> import numpy as np
    >>> x, indices = np.array([5.0, 6.0]), np.array([3, 0], "uint8")
    >>> y = MaxUnpooling2D()([x.reshape(1, 1, 2, 1), indices.reshape(1, 1, 2, 1)])
    >>> np.asarray(y)[0, :, :, 0].tolist()
    [[0.0, 0.0, 6.0, 0.0], [0.0, 5.0, 0.0, 0.0]]
    """

    def __init__(
        self,
        pool_size: int | tuple[int, int] = 2,
        strides: int | tuple[int, int] | None = None,
        padding: str = "valid",
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.rows, self.columns = windows_of(pool_size, strides, padding)
        self.pool_size = self.rows.size, self.columns.size
        self.strides = self.rows.stride, self.columns.stride
        self.padding = padding

    def __call__(self, inputs, output_size=None, **options):
        if output_size is not None:  # Keras makes tensors of NumPy's, unchecked later
            options["output_size"] = _as_numbers(output_size)
        return super().__call__(inputs, **options)

    def call(self, inputs, output_size=None):
        x, codes, *like = self._parted(inputs)
        self._check_alike(x.shape, codes.shape)
        if like:
            output_size = ops.shape(like[0])[1:3]
        elif output_size is not None:
            output_size = _pair(output_size)
        if output_size is not None:
            output_size = self._size(ops.shape(x), output_size)
        return unpool(x, codes, self.rows, self.columns, output_size)

    def compute_output_shape(self, input_shape, output_size=None):
        shape, codes, *like = input_shape
        self._check_alike(shape, codes)
        if like:
            output_size = like[0][1:3]
        elif output_size is not None:
            output_size = _pair(output_size)
        return (shape[0], *self._size(shape, output_size), shape[3])

    def compute_output_spec(self, inputs, output_size=None):
        inputs = self._parted(inputs)
        shape = self.compute_output_shape([x.shape for x in inputs], output_size)
        return keras.KerasTensor(shape, inputs[0].dtype)

    def _parted(self, inputs):
        count = len(inputs) if isinstance(inputs, (list, tuple)) else 1
        if count not in (2, 3):
            raise ArgumentError(
                f"{self.name}: call it with [x, indices] or [x, indices, like]. "
                f"Received: {count} input(s)"
            )
        dtype = keras.backend.standardize_dtype(inputs[1].dtype)
        if not dtype.startswith(("int", "uint")):
            raise ArgumentError(
                f"{self.name}: indices must be integers, as MaxPoolingWithIndices2D "
                f"gives them, behind the values. Received: indices of dtype={dtype}"
            )
        return inputs

    def _check_alike(self, x, indices):
        """Without this, maps of 4×5 and 5×4 cells would be taken for each other."""
        sizes = zip(x, indices, strict=False)
        if len(x) != len(indices) or any(None not in n and n[0] != n[1] for n in sizes):
            raise ArgumentError(
                f"{self.name}: values and indices must have the same shape. Received: "
                f"{tuple(x)} and {tuple(indices)}"
            )

    def _size(self, shape, output_size) -> list:
        windows, counts = (self.rows, self.columns), shape[1:3]
        if output_size is None:
            return [
                None if count is None else w.length(count)
                for w, count in zip(windows, counts, strict=True)
            ]
        for w, count, length in zip(windows, counts, output_size, strict=True):
            known = isinstance(count, int) and isinstance(length, int)
            if known and w.count(length) != count:
                raise ArgumentError(
                    f"output_size must be one that pools to {tuple(counts)}: "
                    f"{w.size} cells every {w.stride} pool {length} to "
                    f"{w.count(length)}. Received: output_size={tuple(output_size)}"
                )
        return list(output_size)

    def get_config(self):
        return {
            **super().get_config(),
            "pool_size": self.pool_size,
            "strides": self.strides,
            "padding": self.padding,
        }


def _as_numbers(output_size):
    """Integers of NumPy as those of Python; tensors as they are."""
    if isinstance(output_size, (np.ndarray, np.generic)):
        return output_size.tolist()
    if isinstance(output_size, (tuple, list)):
        return tuple(map(_as_numbers, output_size))
    return output_size


def _pair(output_size):
    """One length as two; lengths may be tensors, or unknown."""
    output_size = _as_numbers(output_size)
    if isinstance(output_size, Integral):
        return output_size, output_size
    is_pair = not isinstance(output_size, Real) and len(output_size) == 2
    if not is_pair or any(isinstance(n, (float, str)) for n in output_size):
        raise ArgumentError(
            "output_size must be one length, or (height, width), in whole numbers. "
            f"Received: output_size={output_size!r}"
        )
    return tuple(output_size)
