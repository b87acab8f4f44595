"""Pooling whose window takes cells at a distance from each other."""

from __future__ import annotations

from functools import reduce

import keras
import numpy as np
from keras import ops

from kerasseg.errors import ArgumentError
from kerasseg.layers.widening import widened


class _DilatedPooling2D(keras.layers.Layer):
    """What both poolings share: their arguments, and windows taken as slices."""

    def __init__(
        self, pool_size=2, dilation_rate=1, padding="valid", strides=1, **kwargs
    ):
        super().__init__(**kwargs)
        self.strides = _pair(strides, "strides")
        self.pool_size = _pair(pool_size, "pool_size")
        self.dilation_rate = _pair(dilation_rate, "dilation_rate")
        self.padding = _checked_padding(padding)
        self.input_spec = keras.layers.InputSpec(ndim=4)

    def compute_output_shape(self, input_shape):
        batch, *sizes, channels = input_shape
        pads = self._pads()
        lengths = [
            None
            if n is None
            else (n + sum(pads[i]) - self._reach(i) - 1) // self.strides[i] + 1
            for i, n in enumerate(sizes)
        ]
        return (batch, *lengths, channels)

    def get_config(self):
        return {
            **super().get_config(),
            "pool_size": self.pool_size,
            "dilation_rate": self.dilation_rate,
            "padding": self.padding,
            "strides": self.strides,
        }

    def _reach(self, axis: int) -> int:
        return (self.pool_size[axis] - 1) * self.dilation_rate[axis]

    def _pads(self) -> tuple[tuple[int, int], tuple[int, int]]:
        if self.padding == "valid":
            return (0, 0), (0, 0)
        if self.padding == "same":
            return tuple(
                (self._reach(i) // 2, self._reach(i) - self._reach(i) // 2)
                for i in (0, 1)
            )
        return self.padding

    def _padded(self, x, value):
        pads = self._pads()
        if pads == ((0, 0), (0, 0)):
            return x
        return ops.pad(x, ((0, 0), *pads, (0, 0)), constant_values=value)

    def _along_both_axes(self, x, combine):
        """Combines the cells of a window, first down the rows, then along them."""
        for axis in (0, 1):  # (B, H, W, C) -> (B, H - reach, W, C) -> …
            rate, reach = self.dilation_rate[axis], self._reach(axis)
            slices = [
                _slice(x, axis, i * rate, i * rate - reach)
                for i in range(self.pool_size[axis])
            ]
            x = _every(reduce(combine, slices), axis, self.strides[axis])
        return x


@keras.saving.register_keras_serializable(package="kerasseg")
class DilatedMaxPooling2D(_DilatedPooling2D):
    """The maximum over windows whose cells lie `dilation_rate` apart, at every cell.

    With `dilation_rate=1` it is MaxPooling2D of stride 1. A net whose strides were
    removed needs it behind them: the windows must still take the cells that they took
    ([Chen et al., 2015](https://arxiv.org/abs/1412.7062)).

    Args:
        pool_size: Cells of the window, one number or `(height, width)`.
        dilation_rate: Distance between them, likewise.
        padding: `"valid"`, `"same"`, or `((top, bottom), (left, right))` cells that
            count as smaller than any other.
        strides: Cells between windows; 1 by default, unlike in MaxPooling2D.

    Input shape:
        `(batch, height, width, channels)`; height and width may be `None`.

    Output shape:
        `(batch, new_height, new_width, channels)`.

    Example:

    >>> import numpy as np
    >>> x = np.array([3.0, 1.0, 2.0, 0.0, 5.0]).reshape(1, 1, 5, 1)
    >>> y = DilatedMaxPooling2D((1, 2), dilation_rate=2)(x)
    >>> np.asarray(y).ravel().tolist()
    [3.0, 1.0, 5.0]
    """

    def call(self, inputs):
        lowest = float("-inf")
        return self._along_both_axes(self._padded(inputs, lowest), ops.maximum)


@keras.saving.register_keras_serializable(package="kerasseg")
class DilatedAveragePooling2D(_DilatedPooling2D):
    """The mean over windows whose cells lie `dilation_rate` apart, at every cell.

    Cells that padding added do not count, as in Keras's AveragePooling2D.

    Args:
        pool_size: Cells of the window, one number or `(height, width)`.
        dilation_rate: Distance between them, likewise.
        padding: `"valid"`, `"same"`, or `((top, bottom), (left, right))`.
        strides: Cells between windows; 1 by default, unlike in AveragePooling2D.

    Input shape:
        `(batch, height, width, channels)`; height and width may be `None`.

    Output shape:
        `(batch, new_height, new_width, channels)`.

    Example:

    >>> import numpy as np
    >>> x = np.array([3.0, 1.0, 2.0, 0.0, 5.0]).reshape(1, 1, 5, 1)
    >>> y = DilatedAveragePooling2D((1, 2), dilation_rate=2)(x)
    >>> np.asarray(y).ravel().tolist()
    [2.5, 0.5, 3.5]
    """

    def call(self, inputs):
        wide = widened(inputs)
        means = self._means(wide)
        return means if wide is inputs else ops.cast(means, inputs.dtype)

    def _means(self, inputs):
        total = self._along_both_axes(self._padded(inputs, 0.0), ops.add)
        height, width = self.pool_size
        if self._pads() == ((0, 0), (0, 0)):
            return total / (height * width)
        # Counted in integers, which LiteRT's int8 leaves as they are.
        ones = ops.ones_like(inputs[:1, :, :, :1], dtype="int32")
        count = self._along_both_axes(self._padded(ones, 0), ops.add)  # (1, h, w, 1)
        shares = np.append(0, 1 / np.arange(1, height * width + 1))
        return total * ops.take(ops.cast(shares, total.dtype), count)


def _slice(x, axis: int, begin: int, end: int):
    cut = slice(begin, end if end < 0 else None)
    return x[:, cut] if axis == 0 else x[:, :, cut]


def _every(x, axis: int, step: int):
    if step == 1:
        return x
    return x[:, ::step] if axis == 0 else x[:, :, ::step]


def _pair(value, name: str) -> tuple[int, int]:
    pair = tuple(value) if isinstance(value, (tuple, list)) else (value, value)
    if len(pair) != 2 or any(n != int(n) or n < 1 for n in pair):
        raise ArgumentError(
            f"{name} must be a positive integer or two. Received: {name}={value!r}"
        )
    return int(pair[0]), int(pair[1])


def _checked_padding(padding):
    if padding in ("valid", "same"):
        return padding
    try:
        (top, bottom), (left, right) = padding
        pads = (int(top), int(bottom)), (int(left), int(right))
    except (TypeError, ValueError):
        pads = ((-1, 0), (0, 0))
    if min(*pads[0], *pads[1]) < 0:
        raise ArgumentError(
            'padding must be "valid", "same" or ((top, bottom), (left, right)), none '
            f"negative. Received: padding={padding!r}"
        )
    return pads
