"""DeconvNet, which turns VGG16 around: from one cell back to the whole image."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import keras
from keras import layers
from keras.applications.vgg16 import preprocess_input

from kerasseg.layers import CheckSize2D
from zoo.arguments import check_count, check_segmentation
from zoo.fcn_weights import move_weights
from zoo.segmentation_head import activated
from zoo.unpooling import pool, unpool
from zoo.vgg16 import BLOCKS, VGG16
from zoo.weights import check_imagenet, check_weights, load_weights

__all__ = ["DeconvNet", "move_weights", "preprocess_input"]

# `fc1` needs seven cells of 32 pixels, the last of which may be a begun one.
_SMALLEST_SIZE = 6 * 32 + 1


def DeconvNet(
    input_shape: tuple[int | None, int | None, int] = (224, 224, 3),
    classes: int = 21,
    weights: str | Path | None = None,
    classifier_activation: str | Callable | None = "softmax",
    name: str = "deconvnet",
    *,
    base_filters: int = 64,
    hidden_units: int = 4096,
) -> keras.Model:
    """Builds DeconvNet: 251.8 million parameters with 21 classes.

    All of VGG16, its fully connected layers as convolutions, then its mirror image of
    unpoolings and transposed convolutions; batch normalisation follows each. Layers of
    the encoder bear the names of VGG16.

    The paper cuts objects out of the photo and scales each to 224×224 pixels, which the
    fully connected layers see as one cell. Larger images have more cells.

    Reference:

    - [Learning Deconvolution Network for Semantic Segmentation](
      https://arxiv.org/abs/1505.04366) (Noh, Hong and Han, 2015)

    Args:
        input_shape: `(height, width, channels)`, at least 193 by 193; height and width
            may be `None`. The output has the size of the image.
        classes: Number of classes, background included, at least 1.
        weights: `None` for random ones, `"imagenet"` for an encoder with the weights of
            the VGG16 of Keras, or the path of a `.weights.h5` file of this network.
            `zoo.deconvnet.move_weights(vgg16, deconvnet)` takes the encoder from a
            VGG16 of your own.
        classifier_activation: Activation of the scores, `None` for logits.
        name: Name of the model.
        base_filters: Filters of the first block, 64 in the paper; others in proportion.
        hidden_units: Filters of `fc1` and `fc2`, the paper's fc6 and fc7.

    Returns:
        A model from `(batch, height, width, channels)` to
        `(batch, height, width, classes)`.

    Raises:
        ArgumentError: An argument has a value that the network cannot work with.
        FileError: The weights cannot be downloaded, or the file is damaged or belongs
            to another network.

    Example:

    >>> small = {"base_filters": 2, "hidden_units": 8}
    >>> DeconvNet(input_shape=(250, 321, 3), **small).output_shape
    (None, 250, 321, 21)
    """
    check_weights(weights, also=("imagenet",))
    check_count("base_filters", base_filters)
    check_count("hidden_units", hidden_units)
    check_segmentation(
        "DeconvNet",
        input_shape=input_shape,
        classes=classes,
        classifier_activation=classifier_activation,
        smallest_size=_SMALLEST_SIZE,
    )
    if weights == "imagenet":
        check_imagenet(
            input_shape,
            base_filters=(base_filters, 64),
            hidden_units=(hidden_units, 4096),
        )
    inputs = keras.Input(input_shape, name="image")  # (B, H, W, 3)

    # Encoder: VGG16; each pooling keeps its indices, and its input for the size.
    # An image too small would leave `fc1` no cell, and the rest would run on nothing.
    x, pooled = CheckSize2D(1, _SMALLEST_SIZE, name="check_size")(inputs), {}
    for block, (width, convolutions) in enumerate(BLOCKS, start=1):
        for index in range(1, convolutions + 1):
            x = _convolution(x, f"block{block}_conv{index}", base_filters * width)
        x, pooled[block] = pool(x, block)  # (B, H/2^block, W/2^block, width)
    x = _convolution(x, "fc1", hidden_units, 7, "valid")  # (B, H/32 - 6, W/32 - 6, ·)
    x = _convolution(x, "fc2", hidden_units, 1)

    # Decoder: the mirror image; the last convolution of each block has the width of the
    # block that comes next.
    x = _deconvolution(x, "fc1_deconv", base_filters * 8, 7, "valid")  # (B, H/32, W/32)
    for block in (5, 4, 3, 2, 1):
        width, convolutions = BLOCKS[block - 1]
        next_width, _ = BLOCKS[max(block - 2, 0)]
        x = unpool(x, pooled[block], block)
        for index in range(convolutions, 1, -1):
            name_of = f"decoder{block}_deconv{index}"
            x = _deconvolution(x, name_of, base_filters * width)
        x = _deconvolution(x, f"decoder{block}_deconv1", base_filters * next_width)

    # Head
    x = layers.Conv2D(classes, 1, kernel_initializer=_published_noise(), name="logits")(
        x
    )  # (B, H, W, classes)
    model = keras.Model(inputs, activated(x, classifier_activation), name=name)
    if weights == "imagenet":
        move_weights(VGG16(weights="imagenet"), model)
    else:
        load_weights(model, weights)
    return model


def _convolution(x, name, filters, kernel_size=3, padding="same"):
    x = layers.Conv2D(
        filters,
        kernel_size,
        padding=padding,
        kernel_initializer="he_normal",
        name=name,
    )(x)
    return _normalise(x, name)


def _deconvolution(x, name, filters, kernel_size=3, padding="same"):
    x = layers.Conv2DTranspose(
        filters,
        kernel_size,
        padding=padding,
        kernel_initializer=_published_noise(),
        name=name,
    )(x)
    return _normalise(x, name)


def _normalise(x, name):
    x = layers.BatchNormalization(
        # So that the ReLU does not begin with half of its values exactly at zero.
        beta_initializer=keras.initializers.Constant(0.001),
        name=f"{name}_bn",
    )(x)
    return layers.Activation("relu", name=f"{name}_relu")(x)


def _published_noise():
    return keras.initializers.RandomNormal(stddev=0.01)
