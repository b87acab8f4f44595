"""Layers for dense prediction that Keras lacks."""

import kerasseg.initializers  # noqa: F401 - a saved net may need them as well
from kerasseg.layers.adaptive_pooling import (
    AdaptiveAveragePooling2D,
    AdaptiveMaxPooling2D,
)
from kerasseg.layers.bed_of_nails import BedOfNailsUpSampling2D
from kerasseg.layers.check_size import CheckSize2D
from kerasseg.layers.crop_to_common import CropToCommon2D
from kerasseg.layers.crop_to_match import CropToMatch2D
from kerasseg.layers.dense_image_warp import dense_image_warp
from kerasseg.layers.dilated_conv import DilatedConv2D
from kerasseg.layers.dilated_pooling import (
    DilatedAveragePooling2D,
    DilatedMaxPooling2D,
)
from kerasseg.layers.flat_indices import window_codes_from_flat
from kerasseg.layers.flat_max_unpooling import FlatMaxUnpooling2D
from kerasseg.layers.hard_sigmoid import hard_sigmoid_of_keras_2
from kerasseg.layers.instance_normalization import InstanceNormalization
from kerasseg.layers.local_response_normalization import LocalResponseNormalization
from kerasseg.layers.max_pooling_with_argmax import MaxPoolingWithArgmax2D
from kerasseg.layers.max_pooling_with_indices import MaxPoolingWithIndices2D
from kerasseg.layers.max_unpooling import MaxUnpooling2D
from kerasseg.layers.pad_to_multiple import PadToMultiple2D
from kerasseg.layers.resize import Resize2D
from kerasseg.layers.reverse_channels import ReverseChannels
from kerasseg.layers.spatial_pyramid_pooling import SpatialPyramidPooling2D
from kerasseg.layers.spread_over_map import SpreadOverMap2D
from kerasseg.layers.unfold_windows import UnfoldWindows2D

__all__ = [
    "AdaptiveAveragePooling2D",
    "AdaptiveMaxPooling2D",
    "BedOfNailsUpSampling2D",
    "CheckSize2D",
    "CropToCommon2D",
    "CropToMatch2D",
    "DilatedAveragePooling2D",
    "DilatedConv2D",
    "DilatedMaxPooling2D",
    "FlatMaxUnpooling2D",
    "InstanceNormalization",
    "LocalResponseNormalization",
    "MaxPoolingWithArgmax2D",
    "MaxPoolingWithIndices2D",
    "MaxUnpooling2D",
    "PadToMultiple2D",
    "Resize2D",
    "ReverseChannels",
    "SpatialPyramidPooling2D",
    "SpreadOverMap2D",
    "UnfoldWindows2D",
    "dense_image_warp",
    "hard_sigmoid_of_keras_2",
    "window_codes_from_flat",
]
