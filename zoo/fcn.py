"""FCN-32s, FCN-16s and FCN-8s, the fully convolutional networks of 2014."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
from keras import layers, ops

from kerasseg.initializers import Bilinear
from kerasseg.layers import CropToMatch2D
from zoo.arguments import (
    check_choice,
    check_count,
    check_fraction,
    check_segmentation,
)
from zoo.fcn_weights import move_weights
from zoo.vgg16 import VGG16
from zoo.weights import check_weights, load_weights

__all__ = ["FCN8s", "FCN16s", "FCN32s", "move_weights", "preprocess_input"]

# BGR, over the images of ImageNet, with the digits of the authors' code.
_MEANS = (104.00699, 116.66877, 122.67892)
# Where the published nets cut: the padding by 100 and the transposed convolutions move
# every map by a known number of pixels.
_PADDING = 100
_SCORE_OFFSETS = {32: 19, 16: 27, 8: 31}
_SKIP_OFFSETS = {"pool4": 5, "pool3": 9}
# Trained at once, the skips start small, as their features are large.
_AT_ONCE_SCALES = {"pool4": 0.01, "pool3": 0.0001}


def FCN32s(
    input_shape: tuple[int | None, int | None, int] = (None, None, 3),
    classes: int = 21,
    weights: str | Path | None = None,
    classifier_activation: str | Callable | None = "softmax",
    name: str = "fcn32s",
    *,
    variant: str = "paper",
    upsampling: str = "paper",
    dropout: float = 0.5,
    base_filters: int = 64,
    hidden_units: int = 4096,
) -> keras.Model:
    """Builds FCN-32s: VGG16 made convolutional, its coarse scores upsampled 32 times.

    Train it from a VGG16 classifier (`weights="imagenet"`, or `move_weights` from your
    own), then move its weights on to `FCN16s`, and from there to `FCN8s`.

    Reference:

    - [Fully Convolutional Networks for Semantic Segmentation](
      https://arxiv.org/abs/1411.4038) (Long, Shelhamer and Darrell, 2015)

    Args:
        input_shape: `(height, width, channels)`; height and width may be `None`. The
            output has the size of the image, whatever that is.
        classes: Number of classes, background included, at least 1.
        weights: `None` for random ones, `"imagenet"` for a trunk and hidden layers of
            the VGG16 of Keras, or the path of a `.weights.h5` file of this network.
        classifier_activation: Activation of the scores, `None` for logits.
        name: Name of the model.
        variant: `"paper"` pads the image by 100 pixels and crops at the published
            offsets. `"same"` pads nothing but the convolutions, so cells lie exactly on
            their pixels; half the work, the same weights.
        upsampling: Which transposed convolutions learn; all start as bilinear
            interpolation. `"paper"`: all but the last. `"frozen"`: none, as in the
            authors' code. `"learned"`: all.
        dropout: Fraction dropped after each hidden layer, at least 0 and below 1.
        base_filters: Filters of the first block, 64 in VGG16; others in proportion.
        hidden_units: Filters of `fc1` and `fc2`, the paper's fc6 and fc7.

    Returns:
        A model from `(batch, height, width, channels)`, prepared by
        `zoo.fcn.preprocess_input`, to `(batch, height, width, classes)`.

    Raises:
        ArgumentError: An argument has a value that the network cannot work with.
        FileError: The weights cannot be downloaded, or the file is damaged or belongs
            to another network.

    Example:

    >>> small = {"base_filters": 2, "hidden_units": 8}
    >>> FCN32s(input_shape=(500, 375, 3), classes=4, **small).output_shape
    (None, 500, 375, 4)
    """
    return _fcn(32, **locals())


def FCN16s(
    input_shape: tuple[int | None, int | None, int] = (None, None, 3),
    classes: int = 21,
    weights: str | Path | None = None,
    classifier_activation: str | Callable | None = "softmax",
    name: str = "fcn16s",
    *,
    variant: str = "paper",
    upsampling: str = "paper",
    at_once: bool = False,
    dropout: float = 0.5,
    base_filters: int = 64,
    hidden_units: int = 4096,
) -> keras.Model:
    """Builds FCN-16s: FCN-32s with a skip from the fourth pooling.

    Reference:

    - [Fully Convolutional Networks for Semantic Segmentation](
      https://arxiv.org/abs/1411.4038) (Long, Shelhamer and Darrell, 2015)

    Args:
        input_shape: `(height, width, channels)`; height and width may be `None`.
        classes: Number of classes, background included, at least 1.
        weights: `None`, `"imagenet"`, or the path of a `.weights.h5` file. To go on
            from a trained FCN-32s: `move_weights(fcn32s, fcn16s)`.
        classifier_activation: Activation of the scores, `None` for logits.
        name: Name of the model.
        variant: `"paper"` or `"same"`, as in `FCN32s`.
        upsampling: `"paper"`, `"frozen"` or `"learned"`, as in `FCN32s`.
        at_once: Whether to scale the skip by 0.01, for training without FCN-32s before.
        dropout: Fraction dropped after each hidden layer, at least 0 and below 1.
        base_filters: Filters of the first block, 64 in VGG16; others in proportion.
        hidden_units: Filters of `fc1` and `fc2`, the paper's fc6 and fc7.

    Returns:
        A model from `(batch, height, width, channels)`, prepared by
        `zoo.fcn.preprocess_input`, to `(batch, height, width, classes)`.

    Raises:
        ArgumentError: An argument has a value that the network cannot work with.
        FileError: The weights cannot be downloaded, or the file is damaged or belongs
            to another network.

    Example:

    >>> small = {"base_filters": 2, "hidden_units": 8}
    >>> FCN16s(input_shape=(500, 375, 3), classes=4, **small).output_shape
    (None, 500, 375, 4)
    """
    return _fcn(16, **locals())


def FCN8s(
    input_shape: tuple[int | None, int | None, int] = (None, None, 3),
    classes: int = 21,
    weights: str | Path | None = None,
    classifier_activation: str | Callable | None = "softmax",
    name: str = "fcn8s",
    *,
    variant: str = "paper",
    upsampling: str = "paper",
    at_once: bool = False,
    dropout: float = 0.5,
    base_filters: int = 64,
    hidden_units: int = 4096,
) -> keras.Model:
    """Builds FCN-8s: FCN-16s with one more skip, from the third pooling.

    Reference:

    - [Fully Convolutional Networks for Semantic Segmentation](
      https://arxiv.org/abs/1411.4038) (Long, Shelhamer and Darrell, 2015)

    Args:
        input_shape: `(height, width, channels)`; height and width may be `None`.
        classes: Number of classes, background included, at least 1.
        weights: `None`, `"imagenet"`, or the path of a `.weights.h5` file. To go on
            from a trained FCN-16s: `move_weights(fcn16s, fcn8s)`.
        classifier_activation: Activation of the scores, `None` for logits.
        name: Name of the model.
        variant: `"paper"` or `"same"`, as in `FCN32s`.
        upsampling: `"paper"`, `"frozen"` or `"learned"`, as in `FCN32s`.
        at_once: Whether to scale the skips by 0.01 and 0.0001, for training without
            FCN-32s and FCN-16s before.
        dropout: Fraction dropped after each hidden layer, at least 0 and below 1.
        base_filters: Filters of the first block, 64 in VGG16; others in proportion.
        hidden_units: Filters of `fc1` and `fc2`, the paper's fc6 and fc7.

    Returns:
        A model from `(batch, height, width, channels)`, prepared by
        `zoo.fcn.preprocess_input`, to `(batch, height, width, classes)`.

    Raises:
        ArgumentError: An argument has a value that the network cannot work with.
        FileError: The weights cannot be downloaded, or the file is damaged or belongs
            to another network.

    Example:

    >>> small = {"base_filters": 2, "hidden_units": 8}
    >>> FCN8s(input_shape=(500, 375, 3), classes=4, **small).output_shape
    (None, 500, 375, 4)
    """
    return _fcn(8, **locals())


def preprocess_input(images: Any) -> Any:
    """Turns RGB images into what the published FCNs were trained on.

    Args:
        images: `(..., height, width, 3)`, RGB, 0…255.

    Returns:
        The same shape: BGR minus the mean of ImageNet.

    Example:

    >>> import numpy as np
    >>> preprocess_input(np.full((1, 1, 3), 128.0, "float32")).tolist()[0][0][2] > 5
    True
    """
    images = ops.convert_to_tensor(images, dtype=keras.config.floatx())
    return ops.convert_to_numpy(images[..., ::-1] - ops.cast(_MEANS, images.dtype))


def _fcn(
    stride,
    input_shape,
    classes,
    weights,
    classifier_activation,
    name,
    variant,
    upsampling,
    dropout,
    base_filters,
    hidden_units,
    at_once=False,
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
    inputs = keras.Input(input_shape, name="image")  # (B, H, W, 3)

    # Encoder: VGG16, its fully connected layers as convolutions.
    x = inputs
    if variant == "paper":
        x = layers.ZeroPadding2D(_PADDING, name="padding")(x)  # (B, H+200, W+200, 3)
    skips = {}
    for block, (width, convolutions) in enumerate(
        [(1, 2), (2, 2), (4, 3), (8, 3), (8, 3)], start=1
    ):
        first = "valid" if variant == "paper" and block == 1 else "same"
        x = _block(x, block, base_filters * width, convolutions, first)
        skips[f"pool{block}"] = x  # (B, H/2^block, W/2^block, width)
    x = _hidden(x, "fc1", hidden_units, 7, variant, dropout)
    x = _hidden(x, "fc2", hidden_units, 1, variant, dropout)

    # Decoder: scores at stride 32, doubled and joined with those of finer maps.
    x = _score(x, "score_fr", classes)  # (B, H/32, W/32, classes)
    learns = upsampling != "frozen"
    if stride <= 16:
        x = _upsample(x, "upscore2", 2, classes, variant, learns)
        x = _join(x, skips["pool4"], "pool4", classes, variant, at_once)
    if stride <= 8:
        x = _upsample(x, "upscore_pool4", 2, classes, variant, learns)
        x = _join(x, skips["pool3"], "pool3", classes, variant, at_once)

    # Head: scores of the size of the image.
    x = _upsample(
        x, f"upscore{stride}", stride, classes, variant, upsampling == "learned"
    )
    offset = _SCORE_OFFSETS[stride] if variant == "paper" else 0
    x = CropToMatch2D(offset, name="crop")([x, inputs])  # (B, H, W, classes)
    # In float32 under every policy, since float16 loses small probabilities.
    x = layers.Activation(classifier_activation, dtype="float32", name="scores")(x)
    model = keras.Model(inputs, x, name=name)
    if weights == "imagenet":
        move_weights(VGG16(weights="imagenet"), model)
    else:
        load_weights(model, weights)
    return model


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


def _upsample(x, name, stride, classes, variant, learns):
    return layers.Conv2DTranspose(
        classes,
        2 * stride,
        strides=stride,
        padding="valid" if variant == "paper" else "same",
        use_bias=False,
        kernel_initializer=Bilinear(),
        trainable=learns,
        name=name,
    )(x)


def _join(x, skip, pool, classes, variant, at_once):
    """Adds the scores of a finer map; both start at its first cell, or at an offset."""
    if at_once:
        skip = layers.Rescaling(_AT_ONCE_SCALES[pool], name=f"scale_{pool}")(skip)
    skip = _score(skip, f"score_{pool}", classes)
    if variant == "paper":
        skip = CropToMatch2D(_SKIP_OFFSETS[pool], name=f"score_{pool}c")([skip, x])
    else:  # an odd map has one row or column less than the double of its half
        x = CropToMatch2D(0, name=f"crop_{pool}")([x, skip])
    return layers.Add(name=f"fuse_{pool}")([x, skip])
