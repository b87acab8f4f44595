"""What the three FCNs are made of."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers

from kerasseg.initializers import Bilinear
from kerasseg.layers import CropToMatch2D
from zoo.arguments import (
    check_choice,
    check_count,
    check_fraction,
    check_segmentation,
)
from zoo.fcn_weights import move_weights
from zoo.segmentation_head import activated
from zoo.vgg16 import BLOCKS, VGG16
from zoo.weights import check_imagenet, check_weights, load_weights

# Where the published nets cut: the padding by 100 and the transposed convolutions move
# every map by a known number of pixels.
_PADDING = 100
_SCORE_OFFSETS = {32: 19, 16: 27, 8: 31}
_SKIP_OFFSETS = {"pool4": 5, "pool3": 9}
# Trained at once, the skips start small, as their features are large.
_AT_ONCE_SCALES = {"pool4": 0.01, "pool3": 0.0001}


def build_fcn(
    stride: int,
    *,
    input_shape: tuple,
    classes: int,
    weights: Any,
    classifier_activation: Any,
    name: str,
    variant: str,
    upsampling: str,
    dropout: float,
    base_filters: int,
    hidden_units: int,
    at_once: bool = False,
) -> keras.Model:
    """Builds the FCN whose finest scores have that stride; the rest as in `FCN8s`."""
    _check(**locals())
    inputs = keras.Input(input_shape, name="image")  # (B, H, W, 3)

    # Encoder: VGG16, its fully connected layers as convolutions.
    x, skips = _trunk(inputs, variant, base_filters)
    x = _hidden(x, "fc1", hidden_units, 7, variant, dropout)
    x = _hidden(x, "fc2", hidden_units, 1, variant, dropout)

    # Decoder: scores at stride 32, doubled and joined with those of finer maps.
    x = _score(x, "score_fr", classes)  # (B, H/32, W/32, classes)
    learns = upsampling != "frozen"
    if stride <= 16:
        x = _upsample(x, "upscore2", 2, variant, learns)
        x = _join(x, skips["pool4"], "pool4", variant, at_once)
    if stride <= 8:
        x = _upsample(x, "upscore_pool4", 2, variant, learns)
        x = _join(x, skips["pool3"], "pool3", variant, at_once)

    # Head: scores of the size of the image.
    x = _upsample(x, f"upscore{stride}", stride, variant, upsampling == "learned")
    offset = _SCORE_OFFSETS[stride] if variant == "paper" else 0
    x = CropToMatch2D(offset, name="crop")([x, inputs])  # (B, H, W, classes)
    model = keras.Model(inputs, activated(x, classifier_activation), name=name)
    if weights == "imagenet":
        move_weights(VGG16(weights="imagenet"), model)
    else:
        load_weights(model, weights)
    return model


def _check(
    input_shape,
    classes,
    weights,
    classifier_activation,
    variant,
    upsampling,
    dropout,
    base_filters,
    hidden_units,
    at_once,
    **_,
):
    check_weights(weights, also=("imagenet",))
    check_choice("variant", variant, ("paper", "same"))
    check_choice("upsampling", upsampling, ("paper", "frozen", "learned"))
    check_choice("at_once", at_once, (True, False))
    check_fraction("dropout", dropout)
    check_count("base_filters", base_filters)
    check_count("hidden_units", hidden_units)
    check_segmentation(
        "FCN",
        input_shape=input_shape,
        classes=classes,
        classifier_activation=classifier_activation,
    )
    if weights == "imagenet":
        check_imagenet(
            input_shape,
            base_filters=(base_filters, 64),
            hidden_units=(hidden_units, 4096),
        )


def _trunk(x, variant, base_filters):
    """The blocks of VGG16: the last map, and that behind each pooling by its name."""
    if variant == "paper":
        x = layers.ZeroPadding2D(_PADDING, name="padding")(x)  # (B, H+200, W+200, 3)
    skips = {}
    for block, (width, convolutions) in enumerate(BLOCKS, start=1):
        first = "valid" if variant == "paper" and block == 1 else "same"
        x = _block(x, block, base_filters * width, convolutions, first)
        skips[f"pool{block}"] = x  # (B, H/2^block, W/2^block, width)
    return x, skips


def _block(x, block, filters, convolutions, first_padding):
    for index in range(1, convolutions + 1):
        padding = first_padding if index == 1 else "same"
        name = f"block{block}_conv{index}"
        x = layers.Conv2D(filters, 3, padding=padding, activation="relu", name=name)(x)
    # "same" rounds up, as the pooling of Caffe does.
    return layers.MaxPooling2D(2, padding="same", name=f"block{block}_pool")(x)


def _hidden(x, name, units, kernel_size, variant, dropout):
    padding = "valid" if variant == "paper" else "same"
    x = layers.Conv2D(
        units, kernel_size, padding=padding, activation="relu", name=name
    )(x)
    return layers.Dropout(dropout, name=f"{name}_dropout")(x)


def _score(x, name, classes):
    return layers.Conv2D(classes, 1, kernel_initializer="zeros", name=name)(x)


def _upsample(x, name, stride, variant, learns):
    return layers.Conv2DTranspose(
        x.shape[-1],
        2 * stride,
        strides=stride,
        padding="valid" if variant == "paper" else "same",
        use_bias=False,
        kernel_initializer=Bilinear(),
        trainable=learns,
        name=name,
    )(x)


def _join(x, skip, pool, variant, at_once):
    """Adds the scores of a finer map; both start at its first cell, or at an offset."""
    if at_once:
        skip = layers.Rescaling(_AT_ONCE_SCALES[pool], name=f"scale_{pool}")(skip)
    skip = _score(skip, f"score_{pool}", x.shape[-1])
    if variant == "paper":
        skip = CropToMatch2D(_SKIP_OFFSETS[pool], name=f"score_{pool}c")([skip, x])
    else:  # an odd map has one row or column less than the double of its half
        x = CropToMatch2D(0, name=f"crop_{pool}")([x, skip])
    return layers.Add(name=f"fuse_{pool}")([x, skip])
