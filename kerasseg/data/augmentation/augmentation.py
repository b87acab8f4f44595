"""Random changes that move an image, its mask and its weights together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from kerasseg.data.augmentation.arguments import (
    check_crop,
    checked_size,
    checked_transforms,
    generator_of,
)
from kerasseg.data.augmentation.sets import named_set
from kerasseg.data.augmentation.transform import (
    Deformation,
    Movement,
    Recoloring,
    Size,
)
from kerasseg.data.augmentation.warp import Warp, random_window
from kerasseg.errors import ArgumentError

FILLS = ("mirror", "constant")
INTERPOLATIONS = ("bilinear", "nearest")


class Augmented(NamedTuple):
    """What `Augmentation` gives; `None` where nothing was given.

    Attributes:
        image: `(height, width, channels)` float32, in the range of the input.
        mask: `(height, width)` int32.
        weights: `(height, width)` float32.
        instances: `(height, width)` int32.
    """

    image: np.ndarray
    mask: np.ndarray | None
    weights: np.ndarray | None
    instances: np.ndarray | None


class Augmentation:
    """A list of random changes, drawn anew for each image from a seed of its own.

    All that moves is resampled once: first flips, rotations, shifts and scalings in
    the order of the list, then the deformation. Images are interpolated, weights too;
    masks and instances take the nearest label. What comes from outside the image is
    mirrored or constant in the image, `ignore_class` in the mask, 0 in the weights and
    the instances. Without an `ignore_class` masks, weights and instances are mirrored
    as the image is.

    The result depends on the seed alone, not on what was augmented before, so data can
    be loaded in parallel and training resumed anywhere.

    Args:
        transforms: Of this package: `Flip`, `Rotate`, `Shift`, `Scale`, at most one
            `Elastic`, `GreyValues`, `KerasLayer`; or the name of a set, `"flip"`,
            `"unet"` or `"camvid"`.
        fill: `"mirror"` or `"constant"`.
        fill_value: The constant.
        interpolation: Of the image, `"bilinear"` or `"nearest"`.

    Raises:
        ArgumentError: A transform is none, or there is no such set or fill.

    Example:

    >>> import numpy as np
    >>> from kerasseg.data.augmentation import Augmentation, Flip
    >>> image = np.arange(6.0).reshape(2, 3, 1)
    >>> mask = np.arange(6).reshape(2, 3)
    >>> flipped = Augmentation([Flip()])(image, mask, seed=(2, 0, 0))
    >>> flipped.mask
    array([[2, 1, 0],
           [5, 4, 3]], dtype=int32)
    >>> bool((flipped.image[..., 0] == flipped.mask).all())
    True
    """

    def __init__(
        self,
        transforms: Sequence[Movement | Deformation | Recoloring] | str,
        *,
        fill: str = "mirror",
        fill_value: float = 0.0,
        interpolation: str = "bilinear",
    ):
        if isinstance(transforms, str):
            transforms = named_set(transforms)
        self.transforms = checked_transforms(transforms)
        if fill not in FILLS:
            raise ArgumentError(f"fill must be one of {FILLS}. Received: fill={fill!r}")
        if interpolation not in INTERPOLATIONS:
            raise ArgumentError(
                f"interpolation must be one of {INTERPOLATIONS}. "
                f"Received: interpolation={interpolation!r}"
            )
        self.fill = fill
        self.fill_value = fill_value
        self.interpolation = interpolation

    def __repr__(self) -> str:
        return f"Augmentation({list(self.transforms)}, fill={self.fill!r})"

    def __call__(
        self,
        image: np.ndarray,
        mask: np.ndarray | None = None,
        weights: np.ndarray | None = None,
        instances: np.ndarray | None = None,
        *,
        seed: int | Sequence[int],
        ignore_class: int | None = None,
        crop_size: Size | None = None,
    ) -> Augmented:
        """Changes one image and what belongs to it.

        Args:
            image: `(height, width, channels)`, any real type; 0…255 for changes of
                grey values.
            mask: `(height, width)` integers, or `None`.
            weights: `(height, width)`, or `None`.
            instances: `(height, width)` integers, 0 for background, or `None`.
            seed: A number or several of at least 0, such as (seed, epoch, index).
            ignore_class: The label of pixels that come from outside the image.
            crop_size: Height and width to cut out, at a place drawn at random; where it
                is larger than the image, what lies outside is filled.

        Returns:
            The four of them, changed.

        Raises:
            ArgumentError: The sizes differ, the seed or `crop_size` is none, or labels
                are needed for what is filled with a constant, and there is no
                `ignore_class`.
        """
        size = checked_size(image, mask, weights, instances)
        rng = generator_of(seed)
        check_crop(crop_size)
        warp = self._draw(rng, size, crop_size)
        mirrored = ignore_class is None and self.fill == "mirror"
        if not mirrored and ignore_class is None and mask is not None:
            _check_stays_inside(warp)
        moved = warp.image(
            image, self.fill == "mirror", self.fill_value, self.interpolation
        )
        for transform in self.transforms:
            if isinstance(transform, Recoloring):
                moved = transform.recolor(rng, moved)
        background = None if mirrored else 0
        return Augmented(
            moved,
            _labels(warp, mask, None if mirrored else ignore_class),
            None if weights is None else warp.weights(weights, mirrored),
            _labels(warp, instances, background),
        )

    def _draw(self, rng: np.random.Generator, size: Size, crop_size: Size | None):
        window = random_window(rng, size, crop_size)
        matrix, field = np.eye(3), None
        top, left, height, width = window
        rows, columns = np.arange(top, top + height), np.arange(left, left + width)
        for transform in self.transforms:
            if isinstance(transform, Movement):
                matrix = matrix @ transform.matrix(rng, size)
            elif isinstance(transform, Deformation):
                field = transform.field(rng, size, rows, columns)
        return Warp(size, window, matrix, field)


def as_augmentation(augment) -> Augmentation:
    """Makes one of what may stand for it: a list, a name, or `None` for no change."""
    if isinstance(augment, Augmentation):
        return augment
    return Augmentation([] if augment is None else augment)


def _labels(warp: Warp, labels: np.ndarray | None, outside: int | None):
    if labels is None:
        return None
    return warp.labels(np.asarray(labels, np.int32), outside)


def _check_stays_inside(warp: Warp) -> None:
    if warp.leaves_image():
        raise ArgumentError(
            'fill="constant" has no label for what lies outside the image: pass an '
            'ignore_class, or fill="mirror". Received: ignore_class=None'
        )
