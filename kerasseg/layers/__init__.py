"""Layers for dense prediction that Keras lacks."""

from kerasseg.layers.crop_to_common import CropToCommon2D
from kerasseg.layers.dilated_pooling import (
    DilatedAveragePooling2D,
    DilatedMaxPooling2D,
)
from kerasseg.layers.local_response_normalization import LocalResponseNormalization
from kerasseg.layers.unfold_windows import UnfoldWindows2D

__all__ = [
    "CropToCommon2D",
    "DilatedAveragePooling2D",
    "DilatedMaxPooling2D",
    "LocalResponseNormalization",
    "UnfoldWindows2D",
]
