"""Max pooling that tells where in the whole map each maximum was."""

from __future__ import annotations

from typing import Any

import keras

from kerasseg.layers.flat_indices import flat_from_window_codes
from kerasseg.layers.max_pooling_with_indices import MaxPoolingWithIndices2D


@keras.saving.register_keras_serializable(package="kerasseg")
class MaxPoolingWithArgmax2D(MaxPoolingWithIndices2D):
    """`tf.nn.max_pool_with_argmax` as a layer, on every backend.

    For models that were built on it, often with `MaxUnpooling2D` of TensorFlow Addons;
    `load_model` puts it in the place of that function. In a new model,
    `MaxPoolingWithIndices2D` keeps one byte for each value instead of four.

    Args:
        pool_size: Height and width of the window in cells, one integer or two.
        strides: Cells between the begins of neighbouring windows, likewise;
            `pool_size` if `None`.
        padding: `"valid"` or `"same"`.
        include_batch_in_index: Whether the count goes on from one image of the batch to
            the next.
        **kwargs: Those of `keras.layers.Layer`, such as `name` and `dtype`.

    Input shape:
        `(batch, height, width, channels)`.

    Output shape:
        Two of `(batch, new_height, new_width, channels)`: the maxima, and their places
        `(y * width + x) * channels + channel` as `int32`.

    Raises:
        ArgumentError: An argument is outside its range, or a map is smaller than the
            window.

    Example:

    >>> import numpy as np
    >>> x = np.array([[1.0, 2, 6, 3], [3, 5, 2, 1]]).reshape(1, 2, 4, 1)
    >>> pooled, places = MaxPoolingWithArgmax2D()(x)
    >>> np.asarray(places).ravel().tolist()
    [5, 2]
    """

    def __init__(
        self,
        pool_size: int | tuple[int, int] = 2,
        strides: int | tuple[int, int] | None = None,
        padding: str = "valid",
        include_batch_in_index: bool = False,
        **kwargs: Any,
    ):
        super().__init__(pool_size, strides, padding, **kwargs)
        self.include_batch_in_index = include_batch_in_index

    def call(self, inputs):
        pooled, codes = super().call(inputs)
        places = flat_from_window_codes(
            codes,
            keras.ops.shape(inputs)[1:3],
            self.rows,
            self.columns,
            self.include_batch_in_index,
        )
        return pooled, places

    def compute_output_spec(self, inputs):
        pooled, codes = super().compute_output_spec(inputs)
        return pooled, keras.KerasTensor(codes.shape, "int32")

    def get_config(self):
        included = self.include_batch_in_index
        return {**super().get_config(), "include_batch_in_index": included}
