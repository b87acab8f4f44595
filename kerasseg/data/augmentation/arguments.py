"""The arguments of an augmentation, looked at before any pixel is moved."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kerasseg.data.augmentation.transform import (
    Deformation,
    Movement,
    Recoloring,
    Size,
)
from kerasseg.errors import ArgumentError


def checked_transforms(transforms) -> tuple:
    """The transforms, at most one of which deforms."""
    if not isinstance(transforms, Sequence):
        raise ArgumentError(
            "augment must be an Augmentation, a list of transforms or the name of a "
            f"set. Received: {transforms!r}"
        )
    kinds = (Movement, Deformation, Recoloring)
    for transform in transforms:
        if not isinstance(transform, kinds):
            raise ArgumentError(
                "transforms must be Flip(), Rotate() and others of "
                "kerasseg.data.augmentation; wrap a layer of Keras in KerasLayer. "
                f"Received: {transform!r}"
            )
    if sum(isinstance(transform, Deformation) for transform in transforms) > 1:
        raise ArgumentError(
            f"transforms may hold one deformation. Received: {list(transforms)}"
        )
    return tuple(transforms)


def checked_size(image, mask, weights, instances) -> Size:
    """Height and width of the image and all that belongs to it."""
    if np.ndim(image) != 3 or 0 in np.shape(image):
        raise ArgumentError(
            "image must have the shape (height, width, channels), none of them 0. "
            f"Received: {np.shape(image)}"
        )
    size = image.shape[:2]
    others = {"mask": mask, "weights": weights, "instances": instances}
    for name, array in others.items():
        if array is not None and array.shape != size:
            raise ArgumentError(
                f"{name} must have the image's size, {size}. Received: {array.shape}"
            )
    return size


def generator_of(seed: int | Sequence[int]) -> np.random.Generator:
    """Where the random numbers of one image come from."""
    try:
        return np.random.default_rng(seed)
    except (TypeError, ValueError) as error:
        raise ArgumentError(
            "seed must be a whole number of at least 0, or several. "
            f"Received: seed={seed!r}"
        ) from error


def check_crop(crop_size: Size | None) -> None:
    """Refuses what is no height and width."""
    if crop_size is not None and (len(crop_size) != 2 or min(crop_size) < 1):
        raise ArgumentError(
            "crop_size must be (height, width), both above 0. "
            f"Received: crop_size={crop_size}"
        )
