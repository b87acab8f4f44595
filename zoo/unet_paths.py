"""The two paths of a U-Net: maps that shrink, and maps that grow and join them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import keras
from keras import layers

from kerasseg.layers import CropToMatch2D, PadToMultiple2D, Resize2D


@dataclass(frozen=True)
class Copy:
    """A map that the decoder joins, or only takes the size of.

    Attributes:
        tensor: The map.
        stride: Its stride.
        factor: How many times coarser the next map is.
        is_joined: Whether its channels are joined too.
    """

    tensor: keras.KerasTensor
    stride: int
    factor: int = 2
    is_joined: bool = True


def contract(x, convolve, base_filters, depth, dropout):
    """The paper's contracting path."""
    copies = []
    for level in range(1, depth + 1):
        stride = 2 ** (level - 1)
        x = convolve(x, f"down{level}", base_filters * stride)
        if level == depth:
            x = layers.Dropout(dropout, name=f"down{level}_dropout")(x)
        copies.append(Copy(x, stride))
        # "same" rounds up: the last window of an odd map has one row or column.
        pool = layers.MaxPooling2D(2, padding="same", name=f"down{level}_pool")
        x = pool(x)  # (B, H/2^level, W/2^level, base_filters * stride)
    x = convolve(x, "bottom", base_filters * 2**depth)
    return layers.Dropout(dropout, name="bottom_dropout")(x), copies


def run_trunk(trunk, x, dropout):
    """Another encoder, on an image that its strides divide."""
    x = PadToMultiple2D(trunk.strides[-1], trunk.rest, name="pad")(x)
    maps = keras.tree.flatten(trunk.model(x))  # (B, H/stride, W/stride, C) each
    strides = trunk.strides
    if strides[0] > 1:
        maps, strides = [x, *maps], (1, *strides)
    copies = [
        Copy(tensor, fine, coarse // fine, is_joined=tensor is not x)
        for tensor, (fine, coarse) in zip(maps, pairwise(strides), strict=False)
    ]
    return layers.Dropout(dropout, name="encoder_dropout")(maps[-1]), copies


def convolve_twice(x, name, filters, padding, batch_normalization):
    """Two 3×3 convolutions with ReLUs, normalised before them if asked to."""
    for index in (1, 2):
        x = layers.Conv2D(
            filters,
            3,
            padding=padding,
            activation=None if batch_normalization else "relu",
            use_bias=not batch_normalization,
            kernel_initializer="he_normal",
            name=f"{name}_conv{index}",
        )(x)
        if batch_normalization:
            x = layers.BatchNormalization(name=f"{name}_bn{index}")(x)
            x = layers.Activation("relu", name=f"{name}_relu{index}")(x)
    return x


def enlarge(x, copy, filters, name, upsampling, align_corners):
    """A finer map with fewer channels: (B, h, w, C) -> (B, f h, f w, filters)."""
    factor, options = copy.factor, {"kernel_initializer": "he_normal"}
    if upsampling == "transpose":
        return layers.Conv2DTranspose(
            filters, factor, strides=factor, name=f"{name}_transpose", **options
        )(x)
    # Before the interpolation, which changes nothing but the time that it takes.
    x = layers.Conv2D(filters, 1, name=f"{name}_conv0", **options)(x)
    if align_corners:
        resize = Resize2D(align_corners=True, name=f"{name}_resize")
        return resize([x, copy.tensor])
    return Resize2D(factor, name=f"{name}_resize")(x)


def join(x, copy, name, padding):
    """The channels of a map and of what it is joined with, side by side."""
    concatenate = layers.Concatenate(name=f"{name}_concatenate")
    if padding == "valid":
        copied = CropToMatch2D(name=f"{name}_crop")([copy.tensor, x])  # its centre
        return concatenate([copied, x])
    # The double of half an odd size, rounded up, has a row or column too many.
    x = CropToMatch2D(0, name=f"{name}_crop")([x, copy.tensor])
    return concatenate([copy.tensor, x]) if copy.is_joined else x
