"""The check of an image argument that all predictions share."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kerasseg.errors import ArgumentError


def image_as_array(
    image: np.ndarray, input_shape: Sequence[int | None], name: str
) -> np.ndarray:
    """An image as an array that fits a model's input, `(height, width, channels)`.

    Args:
        image: `(height, width, channels)`; `(height, width)` for one channel.
        input_shape: The model's `(batch, height, width, channels)`, or
            `(batch, height, width)` of one that takes images without channel axis.
        name: What to call the argument in errors.

    Raises:
        ArgumentError: The image has other axes or another number of channels.
    """
    array = np.asarray(image)
    if len(input_shape) == 3:
        return _without_channels(array, name)
    channels = input_shape[-1]
    if array.ndim == 2 and channels == 1:
        array = array[..., None]
    if array.ndim != 3 or array.size == 0:
        raise ArgumentError(
            f"{name} must be one image of shape (height, width, channels). "
            f"Received: {name} of shape {array.shape}"
        )
    if channels is not None and array.shape[-1] != channels:
        raise ArgumentError(
            f"The model takes {channels_wanted(channels)}. "
            f"Received: {name} of shape {array.shape}"
        )
    return array


def channels_wanted(channels: int) -> str:
    """So many channels, and how a photo is loaded with them, for messages."""
    if channels == 1:
        return "1 channel: load a photo with color_mode='grayscale'"
    if channels == 3:
        return "3 channels: load a photo with color_mode='rgb'"
    return f"{channels} channels"


def _without_channels(array: np.ndarray, name: str) -> np.ndarray:
    if array.ndim == 3 and array.shape[-1] == 1:
        array = array[..., 0]
    if array.ndim != 2 or array.size == 0:
        raise ArgumentError(
            f"{name} must be one image of shape (height, width), which is what the "
            f"model takes. Received: {name} of shape {array.shape}"
        )
    return array
