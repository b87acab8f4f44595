"""Local response normalisation across channels."""

from __future__ import annotations

import math
from typing import Any

import keras
from keras import ops

from kerasseg.errors import ArgumentError
from kerasseg.layers.integer_arguments import integer


@keras.saving.register_keras_serializable(package="kerasseg")
class LocalResponseNormalization(keras.layers.Layer):
    """Divides each value by a power of the energy of the channels around it.

    `output = input / (bias + alpha * energy) ** beta`, where `energy` is the sum of
    the squares of the `2 * depth_radius + 1` channels centred on the value's own;
    channels past either end count as zero. This is
    `tf.nn.local_response_normalization`, on every Keras backend.

    Caffe and PyTorch divide their alpha by the number `n` of channels in the window:
    their `n=5, alpha=1e-4, k=1` is `depth_radius=2, alpha=1e-4 / 5, bias=1` here.

    Reference:

    - [ImageNet Classification with Deep Convolutional Neural Networks](
      https://papers.nips.cc/paper/4824-imagenet-classification-with-deep-convolutional-neural-networks),
      section 3.3 (there `bias=2`, `depth_radius=2`, `alpha=1e-4`, `beta=0.75`)

    Args:
        depth_radius: Number of channels on either side, an integer of at least 0.
        bias: Offset that keeps the divisor from zero, above 0.
        alpha: Weight of the energy, at least 0.
        beta: Exponent of the divisor, at least 0.
        **kwargs: Those of `keras.layers.Layer`, such as `name` and `dtype`.

    Input shape:
        `(batch, ..., channels)`; any of the sizes may be unknown.

    Output shape:
        That of the input.

    Raises:
        ArgumentError: An argument is outside its range.

    Example:

    >>> import numpy as np
    >>> layer = LocalResponseNormalization(depth_radius=1, bias=1, alpha=0.5, beta=1)
    >>> print(np.asarray(layer(np.ones((1, 1, 1, 3), "float32"))))
    [[[[0.5 0.4 0.5]]]]
    """

    def __init__(
        self,
        depth_radius: int = 2,
        bias: float = 1.0,
        alpha: float = 1e-4,
        beta: float = 0.75,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        _check_number("bias", bias, "above 0", lambda number: number > 0)
        _check_number("alpha", alpha, "of at least 0", lambda number: number >= 0)
        _check_number("beta", beta, "of at least 0", lambda number: number >= 0)
        self.depth_radius = integer(depth_radius, "depth_radius", 0)
        self.bias = bias
        self.alpha = alpha
        self.beta = beta

    def call(self, inputs):
        # The square of 256 already overflows float16, so never compute below float32.
        dtype = keras.backend.result_type(self.compute_dtype, "float32")
        values = ops.cast(inputs, dtype)
        divisor = self.bias + self.alpha * self._energy(values)
        return ops.cast(values * self._inverse_power(divisor), self.compute_dtype)

    def _energy(self, values):
        width = 2 * self.depth_radius
        margins = [(0, 0)] * (len(values.shape) - 1) + [(self.depth_radius,) * 2]
        squares = ops.pad(ops.square(values), margins)
        # Ends counted from the back need no channel count, so it may be unknown.
        energy = squares[..., : -width or None]
        for start in range(1, width + 1):
            energy = energy + squares[..., start : start - width or None]
        return energy

    def _inverse_power(self, divisor):
        if self.beta == 0.75:  # the usual exponent: two roots cost a seventh of a power
            root = ops.rsqrt(divisor)
            return root * ops.sqrt(root)
        return ops.power(divisor, -self.beta)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "depth_radius": self.depth_radius,
            "bias": self.bias,
            "alpha": self.alpha,
            "beta": self.beta,
        }


def _check_number(name, value, wanted, holds):
    is_number = isinstance(value, int | float) and math.isfinite(value)
    if not is_number or not holds(value):
        raise ArgumentError(
            f"{name} must be a finite number {wanted}. Received: {name}={value!r}"
        )
