"""A vector of fixed length from a map of any size."""

from __future__ import annotations

import keras
from keras import ops

from kerasseg.errors import ArgumentError
from kerasseg.layers.adaptive_pooling import average_bins, checked_bins, maximum_bins


@keras.saving.register_keras_serializable(package="kerasseg")
class SpatialPyramidPooling2D(keras.layers.Layer):
    """Pools a map over grids of bins, coarse to fine, into one vector.

    A classifier with Dense layers takes images of any size behind it
    ([He et al., 2014](https://arxiv.org/abs/1406.4729)): the number of bins is fixed,
    their size follows the map.

    The vector holds one grid after the other, each row by row, the channels of a bin
    side by side. Where a grid does not divide the map, neighbouring bins share a pixel,
    as in `AdaptiveMaxPooling2D`. TensorFlow Addons' layer of this name took averages of
    maps that its grids divide; `pooling="average"` gives the same numbers, as
    `(batch, bins * channels)` instead of `(batch, bins, channels)`.

    Args:
        bins: The grids, each a number of bins along both axes or `(rows, columns)`.
        pooling: `"max"` or `"average"`.

    Input shape:
        `(batch, height, width, channels)`; height and width may be `None`.

    Output shape:
        `(batch, length)`, `length` the number of all bins times the channels.

    Raises:
        ArgumentError: If `bins` is empty or holds anything but positive integers, or
            `pooling` is unknown.

    Example:

    >>> import numpy as np
    >>> x = np.arange(35.0).reshape(1, 5, 7, 1)
    >>> np.asarray(SpatialPyramidPooling2D((1, 2))(x)).tolist()
    [[34.0, 17.0, 20.0, 31.0, 34.0]]
    """

    def __init__(self, bins=(1, 2, 4), pooling: str = "max", **kwargs):
        super().__init__(**kwargs)
        grids = bins if isinstance(bins, (tuple, list)) else (bins,)
        if not grids:
            raise ArgumentError(f"bins must hold one grid or more. Received: {bins=}")
        self.bins = [checked_bins(grid, "bins") for grid in grids]
        if pooling not in ("max", "average"):
            raise ArgumentError(
                f'pooling must be "max" or "average". Received: pooling={pooling!r}'
            )
        self.pooling = pooling
        self.input_spec = keras.layers.InputSpec(ndim=4)

    def call(self, inputs):
        pool = maximum_bins if self.pooling == "max" else average_bins
        channels = inputs.shape[3]
        grids = [
            ops.reshape(pool(inputs, (rows, columns)), (-1, rows * columns * channels))
            for rows, columns in self.bins
        ]
        return ops.concatenate(grids, axis=1)  # (B, length)

    def compute_output_shape(self, input_shape):
        count = sum(rows * columns for rows, columns in self.bins)
        return (input_shape[0], count * input_shape[3])

    def get_config(self):
        return {**super().get_config(), "bins": self.bins, "pooling": self.pooling}
