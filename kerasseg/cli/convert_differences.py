"""How far a converted net is from its classifier, at the classifier's own size."""

from __future__ import annotations

import argparse

import keras
import numpy as np
from PIL import Image

from kerasseg.cli.conversion import activation_of, channels_of
from kerasseg.convert import report
from kerasseg.data.images import read_image
from kerasseg.errors import FileError, KerasSegError, UsageError
from kerasseg.graph import image_inputs

RANDOM_IMAGES = 2


def differences_at_native_size(
    model: keras.Model, fcn: keras.Model, options: argparse.Namespace
) -> dict[str, float]:
    """The largest relative difference on random images, and on each of `--check`.

    Raises:
        FileError: An image cannot be read, or does not fit the model.
        KerasSegError: The model leaves its size open, and no option tells it.
        UsageError: `--check` is given, and the model takes several images.
    """
    images = image_inputs(model.inputs)
    shapes = [_native_shape(tensor, images, options) for tensor in model.inputs]
    if options.check and len(shapes) > 1:
        raise UsageError(f"--check: {options.model} takes several images at once")
    batches = {f"{RANDOM_IMAGES} random images": _random_batch(shapes)}
    batches |= {path: [_photo_batch(path, shapes[0])] for path in options.check}
    activation = activation_of(options)
    return {
        name: report.native_difference(model, fcn, batch, activation)
        for name, batch in batches.items()
    }


def _native_shape(tensor, images, options) -> tuple[int, ...]:
    """The shape of one input without its batch."""
    size = tensor.shape[1:3]  # all there is of a vector beside the image
    if options.native_size and any(tensor is image for image in images):
        size = options.native_size
    if None in size:
        raise KerasSegError(
            f"{options.model}: takes images of any size; pass --native-size HxW to "
            "check the conversion at the size it was trained on"
        )
    return (*size, *tensor.shape[3:])


def _random_batch(shapes: list[tuple[int, ...]]) -> list[np.ndarray]:
    random = np.random.default_rng(0)
    return [
        random.uniform(size=(RANDOM_IMAGES, *shape)).astype(np.float32)
        for shape in shapes
    ]


def _photo_batch(path: str, shape: tuple[int, ...]) -> np.ndarray:
    """One photo, resized: `(1, height, width, channels)` or `(1, height, width)`."""
    channels = channels_of((1, *shape))
    if channels not in (1, 3, 4):
        raise FileError(path, f"is no image of the {channels} channels of the model")
    planes = np.moveaxis(read_image(path, channels).astype(np.float32), -1, 0)
    resized = [Image.fromarray(p).resize((shape[1], shape[0])) for p in planes]
    return np.stack([np.asarray(p) for p in resized], axis=-1).reshape(1, *shape)
