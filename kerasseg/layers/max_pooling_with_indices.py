"""Max pooling that tells where each maximum was."""

from __future__ import annotations

from typing import Any

import keras

from kerasseg.layers.pooling_windows import pooled_shape, windows_of
from kerasseg.layers.window_codes import codes_dtype, pool


@keras.saving.register_keras_serializable(package="kerasseg")
class MaxPoolingWithIndices2D(keras.layers.Layer):
    """Max pooling that returns, with each maximum, its position inside its window.

    The encoder of [SegNet](https://arxiv.org/abs/1511.00561) hands these positions to
    `MaxUnpooling2D` in the decoder. The position is counted row by row, so that in a
    window of 2×2 cells 0 is the top left, 1 the top right, 2 the bottom left and 3 the
    bottom right one: one byte for each pooled value, whatever the size of the map.

    Of equal values the first counts, which matters after a ReLU, where whole windows
    are zero. A NaN counts as greater than any number, and of several the last, as in
    PyTorch. The gradient goes to the chosen cell alone.

    Args:
        pool_size: Height and width of the window in cells, one integer or two.
        strides: Cells between the begins of neighbouring windows, likewise;
            `pool_size` if `None`. Windows may overlap or leave gaps.
        padding: `"valid"`: only windows inside the map. `"same"`: as many windows as
            there are strides, begun ones included; a map of 45 rows pools to 23.
        **kwargs: Those of `keras.layers.Layer`, such as `name` and `dtype`.

    Input shape:
        `(batch, height, width, channels)`; height and width may be `None`.

    Output shape:
        Two of `(batch, new_height, new_width, channels)`: the maxima, in the type of
        the input, and their positions, as `uint8`; as `int32` where a window has more
        than 255 cells.

    Raises:
        ArgumentError: An argument is outside its range, or a map is smaller than the
            window.

    Example:

    >>> import numpy as np
    >>> x = np.array([[1.0, 2, 6, 3], [3, 5, 2, 1], [1, 2, 2, 1], [7, 3, 4, 8]])
    >>> pooled, indices = MaxPoolingWithIndices2D()(x.reshape(1, 4, 4, 1))
    >>> np.asarray(pooled).ravel().tolist(), np.asarray(indices).ravel().tolist()
    ([5.0, 6.0, 7.0, 8.0], [3, 0, 2, 3])
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
        self.input_spec = keras.layers.InputSpec(ndim=4)

    def call(self, inputs):
        self.compute_output_shape(inputs.shape)  # refuses a map that is too small
        return pool(inputs, self.rows, self.columns)

    def compute_output_shape(self, input_shape):
        return [pooled_shape(input_shape, self.rows, self.columns)] * 2

    def compute_output_spec(self, inputs):
        shape, _ = self.compute_output_shape(inputs.shape)
        indices = codes_dtype(self.rows, self.columns)
        return (
            keras.KerasTensor(shape, inputs.dtype),
            keras.KerasTensor(shape, indices),
        )

    def get_config(self):
        return {
            **super().get_config(),
            "pool_size": self.pool_size,
            "strides": self.strides,
            "padding": self.padding,
        }
