"""Unpooling by places in the whole map, as TensorFlow Addons had it."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from kerasseg.layers.pooling_windows import windows_of


@keras.saving.register_keras_serializable(package="kerasseg")
class FlatMaxUnpooling2D(keras.layers.Layer):
    """`MaxUnpooling2D` of TensorFlow Addons, on every backend.

    For models that were trained with it: `load_model` puts this layer in its place. It
    gives the same numbers, also where those are not what one would wish: the places are
    read as those of a map of the output's size, so that the values of a map of odd
    width, pooled with padding, end up elsewhere. `MaxUnpooling2D` has no such case, and
    needs no scattering, which is slow.

    Args:
        pool_size: That of the pooling, one integer or two.
        strides: Those of the pooling, likewise.
        padding: That of the pooling, `"same"` or `"valid"`, in any case of letters.
        **kwargs: Those of `keras.layers.Layer`, such as `name` and `dtype`.

    Input shape:
        A list of two of `(batch, height, width, channels)`: values, and the places that
        `MaxPoolingWithArgmax2D` or `tf.nn.max_pool_with_argmax` gave, without the batch
        in the count. As in Addons, the places may also come as a second argument.

    Output shape:
        `(batch, new_height, new_width, channels)`: the size of `x` times the strides
        for `"same"`, the smallest that pools to it for `"valid"`.

    Raises:
        ArgumentError: An argument is outside its range.

    Example:

    >>> import numpy as np
    >>> x, places = np.array([[5.0, 6.0]]), np.array([[5, 2]])
    >>> y = FlatMaxUnpooling2D()([x.reshape(1, 1, 2, 1), places.reshape(1, 1, 2, 1)])
    >>> np.asarray(y)[0, :, :, 0].tolist()
    [[0.0, 0.0, 6.0, 0.0], [0.0, 5.0, 0.0, 0.0]]
    """

    def __init__(
        self,
        pool_size: int | tuple[int, int] = 2,
        strides: int | tuple[int, int] = 2,
        padding: str = "same",
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        padding = padding.lower() if isinstance(padding, str) else padding
        self.rows, self.columns = windows_of(pool_size, strides, padding)
        self.pool_size = self.rows.size, self.columns.size
        self.strides = self.rows.stride, self.columns.stride
        self.padding = padding

    def call(self, inputs, places=None):
        x, places = inputs if places is None else (inputs, places)
        batch, height, width, channels = ops.shape(x)
        height, width = self._grown(height, width)
        places = ops.cast(places, "int32")  # (B, h, w, C)
        rows = places // (width * channels)
        columns = places // channels % width
        images = ops.reshape(ops.arange(batch, dtype="int32"), (-1, 1, 1, 1))
        flat = (images * height + rows) * width + columns
        flat = flat * channels + ops.arange(channels, dtype="int32")
        grown = ops.scatter(
            ops.reshape(flat, (-1, 1)),
            ops.reshape(x, (-1,)),
            (batch * height * width * channels,),
        )
        return ops.reshape(grown, (batch, height, width, channels))

    def compute_output_shape(self, input_shape, places_shape=None):
        shape = input_shape if places_shape is not None else input_shape[0]
        batch, height, width, channels = shape
        return (batch, *self._grown(height, width), channels)

    def compute_output_spec(self, inputs, places=None):
        x = inputs if places is not None else inputs[0]
        return keras.KerasTensor(self.compute_output_shape([x.shape]), x.dtype)

    def _grown(self, height, width):
        height = None if height is None else self.rows.length(height)
        return height, None if width is None else self.columns.length(width)

    def get_config(self):
        return {
            **super().get_config(),
            "pool_size": self.pool_size,
            "strides": self.strides,
            "padding": self.padding,
        }
