"""Maps cut to the size that all of them have."""

from __future__ import annotations

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="kerasseg")
class CropToCommon2D(keras.layers.Layer):
    """Cuts several maps to the smallest of their sizes, at the bottom and the right.

    Branches with windows of different sizes give maps of different sizes on most
    images. Their cells stand in the same places counted from the top left, so what one
    map has more than another is cut off before they are joined.

    Input shape:
        A list of `(batch, height, width, channels)`; heights and widths may be `None`.

    Output shape:
        A list of `(batch, new_height, new_width, channels)`.

    Example:

    >>> import numpy as np
    >>> maps = CropToCommon2D()([np.ones((1, 4, 5, 2)), np.ones((1, 6, 3, 1))])
    >>> [tuple(x.shape) for x in maps]
    [(1, 4, 3, 2), (1, 4, 3, 1)]
    """

    def call(self, inputs):
        shapes = [ops.shape(x) for x in inputs]
        height, width = (
            _smallest([shape[axis] for shape in shapes]) for axis in (1, 2)
        )
        return [x[:, :height, :width, :] for x in inputs]  # each (B, height, width, C)

    def compute_output_shape(self, input_shape):
        sizes = [
            None if None in lengths else min(lengths)
            for lengths in ([shape[axis] for shape in input_shape] for axis in (1, 2))
        ]
        return [(shape[0], *sizes, shape[3]) for shape in input_shape]


def _smallest(lengths: list):
    if all(isinstance(length, int) for length in lengths):
        return min(lengths)
    smallest = lengths[0]
    for length in lengths[1:]:
        smallest = ops.minimum(smallest, length)
    return smallest
