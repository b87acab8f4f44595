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
    SpatialPyramidPooling2D,
    SpreadOverMap2D,
    UnfoldWindows2D,
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
    layers.RepeatVector,
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
    SpatialPyramidPooling2D,
    SpreadOverMap2D,
    UnfoldWindows2D,
    *AUGMENTATIONS,
)
_OPERATIONS_IN_RANGE = (
    *("AveragePool", "Cast", "Copy", "CropImages", "ExpandDims", "Flip"),
    *("GetItem", "Max", "MaxPool", "Mean", "Min", "Moveaxis", "PadImages"),
    *("Repeat", "Reshape", "Resize", "Roll", "Rot90", "Squeeze"),
    *("StopGradient", "Swapaxes", "Take", "Tile", "Transpose"),
)
_ADDS_ZEROS = (
    layers.ZeroPadding2D,
    BedOfNailsUpSampling2D,
    FlatMaxUnpooling2D,
    MaxUnpooling2D,
    UnfoldWindows2D,
)
_BETWEEN = ("nearest", "bilinear")  # the others overshoot


def keeps_range(operation: keras.Operation) -> bool:
    """Whether its numbers lie between those of the tensor that it takes first."""
    if type(operation) is layers.Activation:
        return activation_name(operation) == "linear"
    if type(operation) is layers.UpSampling2D or _resizes(operation):
        padded = getattr(operation, "pad_to_aspect_ratio", False)
        fits = not (padded and operation.fill_value)
        return operation.interpolation in _BETWEEN and fits
    if getattr(operation, "initial", None) is not None:  # of a maximum
        return False
    return type(operation) in _IN_RANGE or _is_op(operation, _OPERATIONS_IN_RANGE)


def adds_zeros(operation: keras.Operation) -> bool:
    """Whether zeros stand among what it keeps in its range."""
    if _resizes(operation):
        return operation.pad_to_aspect_ratio
    return type(operation) in _ADDS_ZEROS or _is_op(operation, ("PadImages",))


def _resizes(operation: keras.Operation) -> bool:
    return type(operation) is layers.Resizing or _is_op(operation, ("Resize",))


def _is_op(operation: keras.Operation, names: tuple[str, ...]) -> bool:
    kind = type(operation)  # keras.ops on a tensor: Keras gives it no public path
    return kind.__module__.startswith("keras.src.ops.") and kind.__name__ in names
