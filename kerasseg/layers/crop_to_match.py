"""A map cut to the size of another."""

from __future__ import annotations

import keras
from keras import ops

from kerasseg.errors import ArgumentError
from kerasseg.layers.integer_arguments import pair_of


@keras.saving.register_keras_serializable(package="kerasseg")
class CropToMatch2D(keras.layers.Layer):
    """Cuts the first of two maps to the height and width of the second.

    U-Net cuts the centre out of what it copies
    ([Ronneberger et al., 2015](https://arxiv.org/abs/1505.04597)); the FCNs cut at
    offsets that undo their padding
    ([Long et al., 2015](https://arxiv.org/abs/1411.4038)).

    Call it with `[map, like]`.

    Args:
        offset: Pixels cut off at the top and the left, one number or `(y, x)`. `None`
            cuts the centre; where the rest is odd, one pixel more at the bottom or the
            right.

    Input shape:
        Two maps `(batch, height, width, channels)`; heights and widths may be `None`.

    Output shape:
        `(batch, like_height, like_width, channels)`.

    Raises:
        ArgumentError: If `offset` is negative, or the map is too small. Where sizes are
            unknown until the graph runs, TensorFlow raises an error of its own.

    Example:

    >>> import numpy as np
    >>> x, like = np.arange(25.0).reshape(1, 5, 5, 1), np.zeros((1, 1, 2, 9))
    >>> np.asarray(CropToMatch2D()([x, like])).ravel().tolist()
    [11.0, 12.0]
    >>> np.asarray(CropToMatch2D(offset=(0, 3))([x, like])).ravel().tolist()
    [3.0, 4.0]
    """

    def __init__(self, offset=None, **kwargs):
        super().__init__(**kwargs)
        self.offset = None if offset is None else pair_of(offset, "offset", 0)

    def call(self, inputs):
        x, like = self._parted(inputs)
        old, new = ops.shape(x)[1:3], ops.shape(like)[1:3]
        self._check_fits(old, new)
        top, left = self._first(old, new)
        height, width = new
        if all(isinstance(length, int) for length in (*old, *new)):
            return x[:, top : top + height, left : left + width]
        # A slice in brackets would give a smaller map where `x` is too small.
        # With -1 for the channels, a graph of unknown sizes would forget their number,
        # and Keras would take a convolution behind it for one of groups.
        return ops.slice(x, (0, top, left, 0), (-1, height, width, x.shape[3]))

    def compute_output_shape(self, input_shape):
        x, like = input_shape
        self._check_fits(x[1:3], like[1:3])
        return (x[0], like[1], like[2], x[3])

    def compute_output_spec(self, inputs):
        x, like = self._parted(inputs)
        shape = self.compute_output_shape([x.shape, like.shape])
        return keras.KerasTensor(shape, x.dtype)

    def get_config(self):
        return {**super().get_config(), "offset": self.offset}

    def _parted(self, inputs):
        is_list = isinstance(inputs, (list, tuple))
        if is_list and [len(x.shape) for x in inputs] == [4, 4]:
            return inputs
        raise ArgumentError(
            f"{self.name}: call it with [map, like], both (batch, height, width, "
            f"channels). Received: {keras.tree.map_structure(_shape_of, inputs)}"
        )

    def _first(self, old, new):
        if self.offset is not None:
            return self.offset
        return tuple((n - m) // 2 for n, m in zip(old, new, strict=True))

    def _check_fits(self, old, new):
        for n, m, first in zip(old, new, self.offset or (0, 0), strict=True):
            if isinstance(n, int) and isinstance(m, int) and first + m > n:
                raise ArgumentError(
                    f"{self.name}: a map of {tuple(old)} pixels holds no piece of "
                    f"{tuple(new)} at that place. Received: offset={self.offset}"
                )


def _shape_of(x):
    return tuple(getattr(x, "shape", ()))
