"""Random changes of images that move mask, weights and instances with them."""

from kerasseg.data.augmentation.augmentation import (
    Augmentation,
    Augmented,
    as_augmentation,
)
from kerasseg.data.augmentation.elastic import Elastic
from kerasseg.data.augmentation.grey_values import GreyValues
from kerasseg.data.augmentation.keras_layer import KerasLayer
from kerasseg.data.augmentation.movements import Flip, Rotate, Scale, Shift
from kerasseg.data.augmentation.sets import SETS

__all__ = [
    "SETS",
    "Augmentation",
    "Augmented",
    "Elastic",
    "Flip",
    "GreyValues",
    "KerasLayer",
    "Rotate",
    "Scale",
    "Shift",
    "as_augmentation",
]
