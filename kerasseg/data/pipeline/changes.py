"""What becomes of a sample on its way into a batch: cut, moved, weighed, scaled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from kerasseg.data.augmentation import Augmentation
from kerasseg.data.augmentation.transform import Size
from kerasseg.data.augmentation.warp import Warp, centered_window
from kerasseg.data.pipeline.cache import Decoded
from kerasseg.data.pipeline.sizes import padded_window
from kerasseg.data.pipeline.weighting import pixel_weights
from kerasseg.errors import ArgumentError
from kerasseg.pixel_ranges import MODES

Preprocess = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Changes:
    """From a sample as read to arrays of a batch, by a seed.

    Attributes:
        augmentation: The random changes.
        is_random: Whether they are made, and crops drawn; else crops are the middle.
        crop_size: Height and width to cut out, or `None`.
        pad_to: Height and width to fill up to, or `None`.
        ignore_class: The label of what is filled up, or `None`.
        class_weights: `(classes,)`, or `None`.
        preprocess: From an image in 0…255 to what the net takes.
    """

    augmentation: Augmentation
    is_random: bool
    crop_size: Size | None
    pad_to: Size | None
    ignore_class: int | None
    class_weights: np.ndarray | None
    preprocess: Preprocess

    def __call__(self, decoded: Decoded, seed: Sequence[int]) -> tuple[np.ndarray, ...]:
        """Image, mask, and where there are weights those.

        Raises:
            ArgumentError: `preprocess` does not give an image.
            DataError: The image is larger than `pad_to`.
        """
        image, mask, weights = self._moved(decoded, seed)
        weights = pixel_weights(mask, weights, self.class_weights, self.ignore_class)
        image = _checked(self.preprocess(image), mask, decoded.name)
        return (image, mask) if weights is None else (image, mask, weights)

    def _moved(self, decoded: Decoded, seed: Sequence[int]):
        """Image, mask and weights, cropped or padded, and augmented."""
        image, ignored = _to_255(decoded.image), self.ignore_class
        size, wanted = image.shape[:2], self.pad_to or self.crop_size
        window = centered_window(size, wanted)
        if self.pad_to:
            window = padded_window(decoded.name, size, self.pad_to)
        if self.is_random:
            return self.augmentation(
                *(image, decoded.mask, decoded.weights),
                seed=seed,
                ignore_class=ignored,
                crop_size=wanted,
            )[:3]
        warp = Warp(size, window, np.eye(3))
        weights = decoded.weights
        return (
            warp.image(image, mirror=True, fill_value=0, interpolation="bilinear"),
            warp.labels(decoded.mask.astype(np.int32), ignored),
            None if weights is None else warp.weights(weights, ignored is None),
        )


def as_preprocess(mode: str | Preprocess) -> Preprocess:
    """A function of an image; of `kerasseg.data.preprocess`, if a mode is named.

    Raises:
        ArgumentError: There is no such mode.
    """
    if callable(mode):
        return mode
    from kerasseg.data.preprocess import preprocess  # imports Keras

    if mode not in MODES:
        raise ArgumentError(
            f"preprocess must be a function or one of {MODES}. "
            f"Received: preprocess={mode!r}"
        )
    return partial(preprocess, mode=mode)


def _to_255(image: np.ndarray) -> np.ndarray:
    if image.dtype == np.uint16:
        return image.astype(np.float32) * np.float32(255 / 65535)
    return image


def _checked(image, mask: np.ndarray, name: str) -> np.ndarray:
    shape = np.shape(image)
    if len(shape) != 3 or shape[:2] != mask.shape:
        raise ArgumentError(
            "preprocess must give an image of the size that it is given, "
            f"{mask.shape}, with channels. Received: shape {shape} for {name}"
        )
    return np.asarray(image, np.float32)
