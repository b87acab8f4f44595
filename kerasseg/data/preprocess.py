"""Pixel values from 0…255 to the range that a classifier was trained on."""

from __future__ import annotations

import keras
import numpy as np
from keras import layers, ops

from kerasseg.errors import ArgumentError
from kerasseg.graph import flatten_model
from kerasseg.layer_kinds import is_elementwise_operation
from kerasseg.pixel_ranges import MODES
from kerasseg.windows import window_of


def preprocess(image: np.ndarray, mode: str) -> np.ndarray:
    """Scales an image as the classifier's training did.

    Args:
        image: `(height, width, channels)`, values 0…255.
        mode: `"none"`: 0…255. `"unit"`: 0…1. `"tf"`: -1…1 (MobileNet, Inception).
            `"caffe"`: BGR minus the ImageNet mean (VGG, ResNet). `"torch"`: 0…1,
            then normalised by ImageNet's mean and deviation (DenseNet).

    Returns:
        float32, of the same shape.

    Example:

    >>> import numpy as np
    >>> preprocess(np.full((1, 1, 1), 255, np.uint8), "tf")
    array([[[1.]]], dtype=float32)
    """
    if mode not in MODES:
        raise ArgumentError(f"mode must be one of {MODES}. Received: mode={mode!r}")
    image = image.astype(np.float32)
    if mode == "none":
        return image
    if mode == "unit":
        return image / 255
    if mode != "tf" and image.shape[-1] != 3:
        raise ArgumentError(
            f'mode "{mode}" is for images of 3 channels. '
            f"Received: an image of shape {image.shape}"
        )
    from keras.applications import imagenet_utils

    return imagenet_utils.preprocess_input(
        image, data_format="channels_last", mode=mode
    )


def default_mode(model: keras.Model) -> str:
    """The mode to take where none is given: 0…1, unless the model scales by itself."""
    return "none" if scales_inputs(model) else "unit"


def scales_inputs(model: keras.Model) -> bool:
    """Whether a model itself brings pixels of 0…255 into range before it looks at them.

    By Rescaling, by Normalization with the mean of such pixels, or by sums and products
    with numbers, as the `preprocess_input` functions of Keras make them inside a model.
    """
    for call in flatten_model(model).calls:
        if type(call.operation) is layers.Rescaling:
            return True
        if type(call.operation) is layers.Normalization:
            return not _is_of_unit_range(call.operation)
        if is_elementwise_operation(call.operation) and len(call.inputs) == 1:
            return True
        if window_of(call.operation) is not None:
            return False
    return False


def _is_of_unit_range(layer: layers.Normalization) -> bool:
    """Whether the mean and variance of a layer are those of numbers in 0…1.

    Such numbers have a mean and twice the deviation of 1.62 at most, together; pixels
    of 0…255 have less than 2 only where nearly all of them are black.
    """
    mean, variance = map(ops.convert_to_numpy, (layer.mean, layer.variance))
    return float(np.max(np.abs(mean) + 2 * np.sqrt(variance))) <= 2
