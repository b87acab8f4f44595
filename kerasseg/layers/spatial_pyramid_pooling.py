"""A vector of fixed length from a map of any size."""

from __future__ import annotations

import keras
from keras import ops

from kerasseg.errors import ArgumentError
from kerasseg.layers.adaptive_pooling import average_bins, maximum_bins
from kerasseg.layers.integer_arguments import pair_of


@keras.saving.register_keras_serializable(package="kerasseg")
class SpatialPyramidPooling2D(keras.layers.Layer):
    """Pools a map over grids of bins, coarse to fine, into one vector.

    A classifier with Dense layers takes images of any size behind it
    ([He et al., 2014](https://arxiv.org/abs/1406.4729)): the number of bins is fixed,
    their size follows the map.

    The vector holds one grid after the other, each row by row, the channels of a bin
    side by side. Where a grid does not divide the map, neighbouring bins share a pixel,
    as in `AdaptiveMaxPooling2D`. The layer of this name in TensorFlow Addons is
    `pooling="average"`, `remainder="crop"`, `flatten=False`.

    Args:
        bins: The grids, each a number of bins along both axes or `(rows, columns)`.
        pooling: `"max"` or `"average"`.
        remainder: What becomes of rows and columns by which a grid does not divide the
            map: `"share"` them between bins, or `"crop"` them at the bottom and right.
            Along an axis with fewer pixels than bins they are shared in either case.
        flatten: Whether to give one vector, or the bins one after the other.

    Input shape:
        `(batch, height, width, channels)`; height and width may be `None`.

    Output shape:
        `(batch, length)`, `length` the number of all bins times the channels; with
        `flatten=False` `(batch, bins, channels)`.

    Raises:
        ArgumentError: If `bins` is empty or holds anything but positive integers, or
            `pooling` or `remainder` is unknown.

    Example:

    >>> import numpy as np
    >>> x = np.arange(35.0).reshape(1, 5, 7, 1)
    >>> np.asarray(SpatialPyramidPooling2D((1, 2))(x)).tolist()
    [[34.0, 17.0, 20.0, 31.0, 34.0]]
    """

    def __init__(
        self,
        bins=(1, 2, 4),
        pooling: str = "max",
        remainder: str = "share",
        flatten: bool = True,
        **kwargs,
    ):
        super().__init__(**kwargs)
        grids = bins if isinstance(bins, (tuple, list)) else (bins,)
        if not grids:
            raise ArgumentError(f"bins must hold one grid or more. Received: {bins=}")
        self.bins = [pair_of(grid, "bins") for grid in grids]
        # From an .h5 file comes `keras.layers.average`: Keras looks up all words there.
        pooling = getattr(pooling, "__name__", pooling)
        if pooling not in ("max", "average"):
            raise ArgumentError(
                f'pooling must be "max" or "average". Received: pooling={pooling!r}'
            )
        if remainder not in ("share", "crop"):
            raise ArgumentError(
                f'remainder must be "share" or "crop". Received: {remainder=}'
            )
        self.pooling, self.remainder, self.flatten = pooling, remainder, flatten
        self.input_spec = keras.layers.InputSpec(ndim=4)

    def call(self, inputs):
        if self.pooling == "average":
            inputs = ops.cast(inputs, self.compute_dtype)  # integers have no means
        grids = [self._pooled(inputs, *grid) for grid in self.bins]
        pyramid = ops.concatenate(grids, axis=1)  # (B, bins, C)
        if not self.flatten:
            return pyramid
        return ops.reshape(pyramid, (-1, pyramid.shape[1] * inputs.shape[3]))

    def _pooled(self, inputs, rows: int, columns: int):
        if self.remainder == "crop":
            height, width = ops.shape(inputs)[1:3]
            inputs = inputs[:, : _whole(height, rows), : _whole(width, columns)]
        pool = maximum_bins if self.pooling == "max" else average_bins
        bins = pool(inputs, (rows, columns))  # (B, rows, columns, C)
        return ops.reshape(bins, (-1, rows * columns, inputs.shape[3]))

    def compute_output_shape(self, input_shape):
        batch, *_, channels = input_shape
        count = sum(rows * columns for rows, columns in self.bins)
        return (batch, count * channels) if self.flatten else (batch, count, channels)

    def compute_output_spec(self, inputs):
        dtype = inputs.dtype if self.pooling == "max" else self.compute_dtype
        return keras.KerasTensor(self.compute_output_shape(inputs.shape), dtype)

    def get_config(self):
        return {
            **super().get_config(),
            "bins": self.bins,
            "pooling": self.pooling,
            "remainder": self.remainder,
            "flatten": self.flatten,
        }


def _whole(length, bins: int):
    """The length that is left when bins of equal size have taken what they can."""
    if isinstance(length, int):
        return max(length // bins, 1) * bins
    return ops.maximum(length // bins, 1) * bins
