"""Upsampling that puts zeros between the values."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from kerasseg.layers.integer_arguments import pair_of


@keras.saving.register_keras_serializable(package="kerasseg")
class BedOfNailsUpSampling2D(keras.layers.Layer):
    """Puts each value into the top left cell of its block, and zeros beside it.

    The plainest way to grow a map. Nearest unpooling, which fills the whole block, is
    `keras.layers.UpSampling2D(size, interpolation="nearest")`; `MaxUnpooling2D` puts
    the value where the maximum was.

    Args:
        size: Height and width of the block that each cell becomes, one integer or two.
        **kwargs: Those of `keras.layers.Layer`, such as `name` and `dtype`.

    Input shape:
        `(batch, height, width, channels)`; height and width may be `None`.

    Output shape:
        `(batch, height * size, width * size, channels)`.

    Raises:
        ArgumentError: `size` is not one or two positive integers.

    Example:

    >>> import numpy as np
    >>> y = BedOfNailsUpSampling2D()(np.array([1.0, 2.0]).reshape(1, 1, 2, 1))
    >>> np.asarray(y)[0, :, :, 0].tolist()
    [[1.0, 0.0, 2.0, 0.0], [0.0, 0.0, 0.0, 0.0]]
    """

    def __init__(self, size: int | tuple[int, int] = 2, **kwargs: Any):
        super().__init__(**kwargs)
        self.size = pair_of(size, "size")
        self.input_spec = keras.layers.InputSpec(ndim=4)

    def call(self, inputs):
        batch, height, width, channels = ops.shape(inputs)
        rows, columns = self.size
        # Zeros behind each cell in its row, then behind each row: two paddings and two
        # reshapes, where slices could only be written to on some backends.
        none = (0, 0)
        x = ops.pad(inputs, (none, none, none, (0, (columns - 1) * channels)))
        x = ops.reshape(x, (batch, height, width * columns * channels))
        x = ops.pad(x, (none, none, (0, (rows - 1) * ops.shape(x)[2])))
        return ops.reshape(x, (batch, height * rows, width * columns, channels))

    def compute_output_shape(self, input_shape):
        batch, height, width, channels = input_shape
        height = None if height is None else height * self.size[0]
        width = None if width is None else width * self.size[1]
        return (batch, height, width, channels)

    def get_config(self):
        return {**super().get_config(), "size": self.size}
