"""Keras's own layers that change pixels and move none.

Why its layers that move are not used, measured with Keras 3.15.1 on dictionaries of
`"images"` and `"segmentation_masks"`:

- `RandomFlip`, `RandomRotation`, `RandomTranslation`, `RandomZoom`, `RandomShear`,
  `RandomCrop` and `RandomPerspective` move masks as images, by the nearest label. But
  what comes from outside gets the image's `fill_value` in the mask too: class 0 where
  the image is black, a white border where the mask is to be ignored with 255.
- `RandomElasticTransform` moved mask and image differently in a third of the pixels,
  and smooths noise instead of bending a coarse grid.
- There is no key for weights: a mask of weights would not be interpolated.
- Each layer resamples again, and blurs again.
- They draw from a generator that counts its calls: in a parallel `map` two runs with
  one seed gave different images, and no run can be resumed in the middle.

The last is true of the layers here as well when they are called; so they are given a
seed for each image instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kerasseg.data.augmentation.transform import Recoloring
from kerasseg.errors import ArgumentError

if TYPE_CHECKING:
    import keras

# Of each the tests show that the seed alone decides, and that no pixel is moved.
LAYERS = (
    "AutoContrast",
    "Equalization",
    "RandomBrightness",
    "RandomColorDegeneration",
    "RandomContrast",
    "RandomGrayscale",
    "RandomHue",
    "RandomPosterization",
    "RandomSaturation",
    "Solarization",
)
_COLORED = {
    *("RandomColorDegeneration", "RandomGrayscale", "RandomHue", "RandomSaturation")
}


class KerasLayer(Recoloring):
    """A layer of Keras that changes the colours of an image.

    Args:
        layer: One of `kerasseg.data.augmentation.keras_layer.LAYERS`, for values
            0…255. Its own seed is not used. `RandomColorDegeneration`,
            `RandomGrayscale`, `RandomHue` and `RandomSaturation` take images of three
            channels alone.

    Raises:
        ArgumentError: It is another layer, or the images have no colours to change.

    Example:

    >>> import keras
    >>> KerasLayer(keras.layers.RandomHue(0.1))
    KerasLayer(RandomHue)
    """

    def __init__(self, layer: keras.Layer):
        name = type(layer).__name__
        if name not in LAYERS or not type(layer).__module__.startswith("keras."):
            raise ArgumentError(
                f"layer must be one of Keras's {', '.join(LAYERS)}; for what moves "
                "pixels, take the transforms of kerasseg.data.augmentation. "
                f"Received: {layer!r}"
            )
        self.layer = layer

    def __repr__(self) -> str:
        return f"KerasLayer({type(self.layer).__name__})"

    def recolor(self, rng: np.random.Generator, image: np.ndarray) -> np.ndarray:
        from keras import ops

        self._check_channels(image)
        seed = int(rng.integers(1, 2**31))
        images = image[None]  # (1, H, W, C)
        drawn = self.layer.get_random_transformation(images, training=True, seed=seed)
        changed = self.layer.transform_images(
            ops.convert_to_tensor(images), transformation=drawn, training=True
        )
        return np.asarray(ops.convert_to_numpy(changed)[0], np.float32)

    def _check_channels(self, image: np.ndarray) -> None:
        name, channels = type(self.layer).__name__, image.shape[-1]
        if name in _COLORED and channels != 3:
            raise ArgumentError(
                f"{name} changes colours, and so takes images of 3 channels; leave it "
                f"out for others. Received: an image of {channels}"
            )
