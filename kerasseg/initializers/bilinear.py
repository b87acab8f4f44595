"""Kernels that make a transposed convolution interpolate."""

from __future__ import annotations

import keras
import numpy as np
from keras import ops

from kerasseg.errors import ArgumentError


@keras.saving.register_keras_serializable(package="kerasseg")
class Bilinear(keras.initializers.Initializer):
    """Starts a Conv2DTranspose as bilinear upsampling, each channel by itself.

    The fully convolutional nets of [Long et al., 2015](https://arxiv.org/abs/1411.4038)
    upsample so, and may learn from there. With a kernel of `2 * s - s % 2` pixels,
    stride `s` and no bias, the inside of the result equals `Resize2D(scale=s)` once
    `(kernel - s) / 2` pixels are cut off on each side, which is what `padding="same"`
    does; along the border it mixes in zeros.

    As many channels must go out as come in: input channel `c` feeds output channel `c`.

    Raises:
        ArgumentError: When called, if the shape is not that of such a kernel.

    Example:

    >>> kernel = Bilinear()((4, 4, 1, 1))
    >>> np.asarray(kernel)[0, :, 0, 0].tolist()
    [0.0625, 0.1875, 0.1875, 0.0625]
    >>> options = {"padding": "same", "use_bias": False}
    >>> options["kernel_initializer"] = Bilinear()
    >>> up = keras.layers.Conv2DTranspose(3, 4, strides=2, **options)
    >>> tuple(up(np.ones((1, 5, 5, 3))).shape)
    (1, 10, 10, 3)
    """

    def __call__(self, shape, dtype=None):
        if len(shape) != 4 or shape[2] != shape[3]:
            raise ArgumentError(
                "a bilinear kernel is (height, width, channels, channels), of a "
                "Conv2DTranspose with as many filters as its input has channels. "
                f"Received: shape={tuple(shape)}"
            )
        height, width, channels, _ = shape
        window = np.outer(_triangle(height), _triangle(width))  # (h, w)
        kernel = window[:, :, None, None] * np.eye(channels)  # (h, w, out, in)
        return ops.convert_to_tensor(kernel, dtype or keras.config.floatx())


def _triangle(length: int) -> np.ndarray:
    """A tent of the kernel's width; an even length has no place at its peak."""
    radius = (length + 1) // 2
    middle = (length - 1) / 2
    return 1 - np.abs(np.arange(length) - middle) / radius
