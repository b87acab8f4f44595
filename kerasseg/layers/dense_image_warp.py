"""Images read at places that a flow displaces, pixel by pixel."""

from __future__ import annotations

import keras
from keras import ops

from kerasseg.errors import ArgumentError


def dense_image_warp(image, flow):
    """Moves every pixel of an image by a vector of its own.

    `y[b, i, j] = image[b, i - flow[b, i, j, 0], j - flow[b, i, j, 1]]`, interpolated
    bilinearly; beyond the border the outermost pixel goes on. As
    `tfa.image.dense_image_warp`, with gradients for both arguments, on every backend.

    Args:
        image: `(batch, height, width, channels)`, of any floating point type.
        flow: Displacements in pixels, down and to the right, `(batch, height, width,
            2)`; numbers of any type.

    Returns:
        `(batch, height, width, channels)`, in the type of the image.

    Raises:
        ArgumentError: The image holds integers, between which nothing can be mixed.

    Example:

    >>> import numpy as np
    >>> image = np.arange(4.0).reshape(1, 1, 4, 1)
    >>> flow = np.broadcast_to([0.0, 0.5], (1, 1, 4, 2))
    >>> np.asarray(dense_image_warp(image, flow)).ravel().tolist()
    [0.0, 0.5, 1.5, 2.5]
    """
    image, flow = ops.convert_to_tensor(image), ops.convert_to_tensor(flow)
    _check_is_float(image)
    # Half floats cannot tell the pixels of a large image apart.
    dtype = keras.backend.result_type(flow.dtype, "float32")
    flow = ops.cast(flow, dtype)
    _, height, width, _ = ops.shape(image)
    rows = ops.reshape(ops.arange(height), (1, -1, 1))
    columns = ops.reshape(ops.arange(width), (1, 1, -1))
    y = _inside(ops.cast(rows, dtype) - flow[:, :, :, 0], height)  # (B, H, W)
    x = _inside(ops.cast(columns, dtype) - flow[:, :, :, 1], width)
    top, left = ops.floor(y), ops.floor(x)
    down = ops.expand_dims(ops.cast(y - top, image.dtype), -1)  # (B, H, W, 1)
    right = ops.expand_dims(ops.cast(x - left, image.dtype), -1)
    top, left = ops.cast(top, "int32"), ops.cast(left, "int32")
    bottom = ops.minimum(top + 1, height - 1)
    beyond = ops.minimum(left + 1, width - 1)
    above = _mix(_read(image, top, left), _read(image, top, beyond), right)
    below = _mix(_read(image, bottom, left), _read(image, bottom, beyond), right)
    return _mix(above, below, down)


def _check_is_float(image):
    dtype = keras.backend.standardize_dtype(image.dtype)
    if not keras.backend.is_float_dtype(dtype):
        raise ArgumentError(
            "image must be of a floating point type; cast it first. "
            f"Received: image of dtype={dtype}"
        )


def _inside(places, size):
    return ops.clip(places, 0, ops.cast(size - 1, places.dtype))


def _mix(first, second, share):
    return first + share * (second - first)


def _read(image, rows, columns):
    """The pixels at those rows and columns, `(B, H, W, C)`."""
    batch, height, width, channels = ops.shape(image)
    places = ops.reshape(rows * width + columns, (batch, -1, 1))  # (B, H·W, 1)
    pixels = ops.reshape(image, (batch, height * width, channels))
    read = ops.take_along_axis(pixels, places, axis=1)
    return ops.reshape(read, (batch, height, width, channels))
