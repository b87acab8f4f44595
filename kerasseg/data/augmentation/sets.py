"""Augmentations that were used to train well-known nets, by name."""

from __future__ import annotations

from kerasseg.data.augmentation.elastic import Elastic
from kerasseg.data.augmentation.grey_values import GreyValues
from kerasseg.data.augmentation.movements import Flip, Rotate, Scale, Shift
from kerasseg.errors import ArgumentError, did_you_mean

SETS = {
    "flip": (Flip(),),
    # Section 3.1 of the paper: shift, rotation, grey values and elastic deformation.
    "unet": (
        Flip(horizontal=True, vertical=True),
        Rotate(180),
        Shift(0.05, 0.05),
        Elastic(sigma=10.0, grid=3),
        GreyValues(brightness=0.1, contrast=0.2, gamma=0.2),
    ),
    # Roads: the sky stays above.
    "camvid": (
        Flip(),
        Scale(0.8, 1.5),
        Shift(0.1, 0.1),
        GreyValues(brightness=0.1, contrast=0.2),
    ),
}


def named_set(name: str) -> tuple:
    """The transforms of a set.

    Raises:
        ArgumentError: There is no such set.
    """
    if name not in SETS:
        known = ", ".join(f'"{known}"' for known in SETS)
        raise ArgumentError(
            f"augment must be one of {known}, or transforms.{did_you_mean(name, SETS)} "
            f"Received: {name!r}"
        )
    return SETS[name]
