"""Images of RGB as BGR, and back."""

from __future__ import annotations

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="kerasseg")
class ReverseChannels(keras.layers.Layer):
    """Reverses the last axis, as `x[..., ::-1]` does.

    Classifiers whose weights come from Caffe (VGG, ResNet50) take images as BGR and
    have this step in front, where `preprocess_input` was made part of the model.

    Input shape:
        `(..., channels)`.

    Output shape:
        The same.

    Example:

    >>> import numpy as np
    >>> print(ReverseChannels()(np.array([[1.0, 2.0, 3.0]])).numpy())
    [[3. 2. 1.]]
    """

    def call(self, inputs):
        return ops.flip(inputs, axis=-1)

    def compute_output_shape(self, input_shape):
        return input_shape
