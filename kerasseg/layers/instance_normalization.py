"""Each channel of each image normalised by its own mean and variance."""

from __future__ import annotations

from typing import Any

import keras


@keras.saving.register_keras_serializable(package="kerasseg")
class InstanceNormalization(keras.layers.GroupNormalization):
    """Normalises every channel of every image over height and width.

    Training and prediction compute the same, whatever the batch
    ([Ulyanov et al., 2016](https://arxiv.org/abs/1607.08022)). It is Keras's
    `GroupNormalization` with a group for each channel, under the name and with the
    arguments that TensorFlow Addons gave it.

    Args:
        axis: The axis of the channels.
        epsilon: Added to the variance.
        center: Whether to add a learned offset.
        scale: Whether to multiply by a learned factor.
        **kwargs: Those of `keras.layers.GroupNormalization`, such as
            `gamma_regularizer`.

    Input shape:
        `(batch, ..., channels)`.

    Output shape:
        That of the input.

    Example:

    >>> import numpy as np
    >>> x = np.array([1.0, 3.0, 50.0, 70.0]).reshape(2, 2, 1, 1)
    >>> np.asarray(InstanceNormalization()(x)).round(2).ravel().tolist()
    [-1.0, 1.0, -1.0, 1.0]
    """

    def __init__(
        self,
        axis: int = -1,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        **kwargs: Any,
    ):
        kwargs.pop("groups", None)  # Addons saved it with the layer
        super().__init__(
            groups=-1, axis=axis, epsilon=epsilon, center=center, scale=scale, **kwargs
        )

    def get_config(self):
        config = super().get_config()
        del config["groups"]
        return config
