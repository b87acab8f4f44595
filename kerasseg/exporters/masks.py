"""From bytes of an image to bytes of a mask, inside an exported graph."""

from __future__ import annotations

import keras
from keras import ops

from kerasseg.errors import ArgumentError
from kerasseg.pixel_ranges import MODES
from kerasseg.probabilities import gives_probabilities


def maps_one_image(model: keras.Model) -> bool:
    """Whether a model turns one image into one map of scores."""
    return (
        len(model.inputs) == 1
        and len(model.outputs) == 1
        and len(model.inputs[0].shape) == 4
        and len(model.outputs[0].shape) == 4
    )


def check_preprocess(model: keras.Model, mode: str) -> None:
    """Raises `ArgumentError` if there is no such mode, or not for such images."""
    if mode not in MODES:
        raise ArgumentError(f"preprocess must be one of {MODES}. Received: {mode!r}")
    colours = mode in ("caffe", "torch")  # which know the mean of ImageNet's
    if colours and maps_one_image(model) and model.inputs[0].shape[-1] != 3:
        raise ArgumentError(
            f"preprocess={mode!r} is for images of 3 channels; the model "
            f"'{model.name}' takes {model.inputs[0].shape[-1]}."
        )


def mask_function(model: keras.Model, preprocess: str):
    """A function from images `(batch, height, width, channels)` of 0…255 to masks.

    The mask holds the number of the class with the greatest score; of a single score,
    1 where it speaks for the class: a probability above 0.5, a logit above 0.
    """
    classes = model.outputs[0].shape[-1]
    threshold = score_threshold(model) if classes == 1 else None
    dtype = "uint8" if classes <= 256 else "uint16"

    def predict_mask(images):
        scores = model(scaled(images, preprocess), training=False)  # (B, h, w, C)
        if classes == 1:
            return ops.cast(scores[..., 0] > threshold, "uint8")
        return ops.cast(ops.argmax(scores, axis=-1), dtype)  # (B, h, w)

    return predict_mask


def score_threshold(model: keras.Model) -> float:
    """Above which a single score speaks for the class."""
    return 0.5 if gives_probabilities(model) else 0.0


def scaled(images, mode: str):
    """`kerasseg.data.preprocess`, in the operations of the backend."""
    images = ops.cast(images, "float32")
    if mode == "none":
        return images
    if mode == "unit":
        return images / 255
    from keras.applications import imagenet_utils

    return imagenet_utils.preprocess_input(
        images, data_format="channels_last", mode=mode
    )
