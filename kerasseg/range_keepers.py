"""What leaves numbers between those that it was given."""

from __future__ import annotations

import keras
from keras import layers

from kerasseg.layer_kinds import AUGMENTATIONS
from kerasseg.layers import (
    AdaptiveAveragePooling2D,
    AdaptiveMaxPooling2D,
    BedOfNailsUpSampling2D,
    CheckSize2D,
    CropToCommon2D,
    CropToMatch2D,
    DilatedAveragePooling2D,
    DilatedMaxPooling2D,
    FlatMaxUnpooling2D,
    MaxPoolingWithArgmax2D,
    MaxPoolingWithIndices2D,
    MaxUnpooling2D,
    PadToMultiple2D,
    Resize2D,
    ReverseChannels,
    SpreadOverMap2D,
)
from kerasseg.squashing import activation_name

# At inference the numbers that come out lie between those that go in, or are zeros.
_IN_RANGE = (
    layers.ActivityRegularization,
    layers.AlphaDropout,
    layers.AveragePooling2D,
    layers.CenterCrop,
    layers.Cropping2D,
    layers.Dropout,
    layers.Flatten,
    layers.GaussianDropout,
    layers.GaussianNoise,
    layers.GlobalAveragePooling2D,
    layers.GlobalMaxPooling2D,
    layers.Identity,
    layers.MaxPooling2D,
    layers.Permute,
    layers.Reshape,
    layers.Resizing,
    layers.SpatialDropout2D,
    layers.UpSampling2D,
    layers.ZeroPadding2D,
    AdaptiveAveragePooling2D,
    AdaptiveMaxPooling2D,
    BedOfNailsUpSampling2D,
    CheckSize2D,
    CropToCommon2D,
    CropToMatch2D,
    DilatedAveragePooling2D,
    DilatedMaxPooling2D,
    FlatMaxUnpooling2D,
    MaxPoolingWithArgmax2D,
    MaxPoolingWithIndices2D,
    MaxUnpooling2D,
    PadToMultiple2D,
    Resize2D,
    ReverseChannels,
    SpreadOverMap2D,
    *AUGMENTATIONS,
)
_OPERATIONS_IN_RANGE = (
    *("AveragePool", "Cast", "Copy", "CropImages", "ExpandDims", "Flip"),
    *("GetItem", "Max", "MaxPool", "Mean", "Min", "Moveaxis", "Pad"),
    *("PadImages", "Repeat", "Reshape", "Resize", "Squeeze", "StopGradient"),
    *("Transpose",),
)


def keeps_range(operation: keras.Operation) -> bool:
    """Whether its numbers lie between those of the tensor that it takes first."""
    if type(operation) is layers.Activation:
        return activation_name(operation) == "linear"
    kind = type(operation)  # keras.ops on a tensor: Keras gives it no public path
    is_op = kind.__module__.startswith("keras.src.ops.")
    return kind in _IN_RANGE or (is_op and kind.__name__ in _OPERATIONS_IN_RANGE)
