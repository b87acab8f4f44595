"""One vector for each image, given to every place of that image's map."""

from __future__ import annotations

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="kerasseg")
class SpreadOverMap2D(keras.layers.Layer):
    """Repeats a vector at every place of a map.

    A classifier that reads numbers beside the image (an age, a camera's settings) joins
    them with what it saw. Where it became fully convolutional, what it saw is a map,
    and every place of that is joined with the same numbers.

    Input shape:
        A list of the vector, `(batch, features)` or `(batch, 1, 1, features)`, and a
        map, `(batch, height, width, channels)`, of which only the size matters.

    Output shape:
        `(batch, height, width, features)`.

    Example:

    >>> import numpy as np
    >>> y = SpreadOverMap2D()([np.array([[1.0, 2.0]]), np.zeros((1, 2, 3, 5))])
    >>> tuple(y.shape), np.asarray(y)[0, 1, 2].tolist()
    ((1, 2, 3, 2), [1.0, 2.0])
    """

    def call(self, inputs):
        vector, places = inputs
        batch, height, width, _ = ops.shape(places)
        features = vector.shape[-1]
        vector = ops.reshape(vector, (-1, 1, 1, features))  # (B, 1, 1, n)
        return ops.broadcast_to(vector, (batch, height, width, features))

    def compute_output_shape(self, input_shape):
        vector, places = input_shape
        return (*places[:3], vector[-1])
