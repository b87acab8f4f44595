"""SegNet and SegNet-Basic, whose decoders unpool where their encoders pooled."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import keras
from keras import layers
from keras.applications.vgg16 import preprocess_input

from kerasseg.layers import LocalResponseNormalization
from zoo.arguments import check_choice, check_count, check_segmentation
from zoo.fcn_weights import move_weights
from zoo.segmentation_head import activated
from zoo.unpooling import pool, unpool
from zoo.vgg16 import BLOCKS, VGG16
from zoo.weights import check_imagenet, check_weights, load_weights

__all__ = ["SegNet", "SegNetBasic", "move_weights", "preprocess_input"]

_BASIC_BLOCKS = 4


def SegNet(
    input_shape: tuple[int | None, int | None, int] = (360, 480, 3),
    classes: int = 11,
    weights: str | Path | None = None,
    classifier_activation: str | Callable | None = "softmax",
    name: str = "segnet",
    *,
    base_filters: int = 64,
) -> keras.Model:
    """Builds SegNet: 29.45 million parameters with 11 classes.

    The encoder is VGG16 without its fully connected layers, each convolution followed
    by batch normalisation. The decoder mirrors it; each of its blocks puts the values
    back to where the encoder's pooling found its maxima, which costs one byte a value
    to remember. Layers of the encoder bear the names of VGG16.

    Reference:

    - [SegNet: A Deep Convolutional Encoder-Decoder Architecture for Image
      Segmentation](https://arxiv.org/abs/1511.00561) (Badrinarayanan, Kendall and
      Cipolla, 2017)

    Args:
        input_shape: `(height, width, channels)`; height and width may be `None`. The
            output has the size of the image, whatever that is.
        classes: Number of classes, at least 1.
        weights: `None` for random ones, `"imagenet"` for an encoder with the weights of
            the VGG16 of Keras, or the path of a `.weights.h5` file of this network.
            `zoo.segnet.move_weights(vgg16, segnet)` takes the encoder from a VGG16 of
            your own.
        classifier_activation: Activation of the scores, `None` for logits.
        name: Name of the model.
        base_filters: Filters of the first block, 64 in the paper; others in proportion.

    Returns:
        A model from `(batch, height, width, channels)` to
        `(batch, height, width, classes)`.

    Raises:
        ArgumentError: An argument has a value that the network cannot work with.
        FileError: The weights cannot be downloaded, or the file is damaged or belongs
            to another network.

    Example:

    >>> SegNet(input_shape=(45, 23, 3), base_filters=2).output_shape
    (None, 45, 23, 11)
    """
    check_weights(weights, also=("imagenet",))
    check_count("base_filters", base_filters)
    check_segmentation(
        "SegNet",
        input_shape=input_shape,
        classes=classes,
        classifier_activation=classifier_activation,
    )
    if weights == "imagenet":
        check_imagenet(input_shape, base_filters=(base_filters, 64))
    inputs = keras.Input(input_shape, name="image")  # (B, H, W, 3)

    # Encoder: VGG16; each pooling keeps its indices, and its input for the size.
    x, pooled = inputs, {}
    for block, (width, convolutions) in enumerate(BLOCKS, start=1):
        for index in range(1, convolutions + 1):
            x = _convolution(x, f"block{block}", index, base_filters * width)
        x, pooled[block] = pool(x, block)  # (B, H/2^block, W/2^block, width)

    # Decoder: the blocks in reverse; the last convolution of each has the width of the
    # block that comes next.
    for block in (5, 4, 3, 2):
        width, convolutions = BLOCKS[block - 1]
        next_width, _ = BLOCKS[block - 2]
        x = unpool(x, pooled[block], block)
        for index in range(convolutions, 1, -1):
            x = _convolution(x, f"decoder{block}", index, base_filters * width)
        x = _convolution(x, f"decoder{block}", 1, base_filters * next_width)
    x = unpool(x, pooled[1], 1)  # (B, H, W, 64)
    x = _convolution(x, "decoder1", 2, base_filters)

    # Head: the last convolution scores the classes.
    model = _scores(inputs, x, classes, 3, classifier_activation, name)
    if weights == "imagenet":
        trunk = VGG16(False, "imagenet", input_shape=(None, None, 3))
        move_weights(trunk, model)
    else:
        load_weights(model, weights)
    return model


def SegNetBasic(
    input_shape: tuple[int | None, int | None, int] = (360, 480, 3),
    classes: int = 11,
    weights: str | Path | None = None,
    classifier_activation: str | Callable | None = "softmax",
    name: str = "segnet_basic",
    *,
    use_bias: bool = True,
    base_filters: int = 64,
) -> keras.Model:
    """Builds SegNet-Basic, the small SegNet of four blocks: 1.42 million parameters.

    One 7×7 convolution a block, normalised; the encoder has ReLUs, the decoder none.

    Reference:

    - [SegNet: A Deep Convolutional Encoder-Decoder Architecture for Image
      Segmentation](https://arxiv.org/abs/1511.00561) (Badrinarayanan, Kendall and
      Cipolla, 2017), section 3.1

    Args:
        input_shape: `(height, width, channels)`; height and width may be `None`. The
            output has the size of the image, whatever that is.
        classes: Number of classes, at least 1.
        weights: `None` for random ones, or the path of a `.weights.h5` file.
        classifier_activation: Activation of the scores, `None` for logits.
        name: Name of the model.
        use_bias: Whether the convolutions before a normalisation have biases, as in the
            authors' published layers. They change nothing that the normalisation does
            not undo.
        base_filters: Filters of each convolution, 64 in the paper.

    Returns:
        A model from `(batch, height, width, channels)` to
        `(batch, height, width, classes)`.

    Raises:
        ArgumentError: An argument has a value that the network cannot work with.
        FileError: The file is damaged or belongs to another network.

    Example:

    >>> SegNetBasic(input_shape=(45, 23, 3), base_filters=2).output_shape
    (None, 45, 23, 11)
    """
    check_weights(weights)
    check_choice("use_bias", use_bias, (True, False))
    check_count("base_filters", base_filters)
    check_segmentation(
        "SegNetBasic",
        input_shape=input_shape,
        classes=classes,
        classifier_activation=classifier_activation,
    )
    inputs = keras.Input(input_shape, name="image")  # (B, H, W, 3)
    options = {"filters": base_filters, "kernel_size": 7, "use_bias": use_bias}

    # Encoder
    # Caffe divides its alpha by the five channels of the window, we do not.
    x = LocalResponseNormalization(2, bias=1.0, alpha=1e-4 / 5, beta=0.75, name="lrn")(
        inputs
    )
    pooled = {}
    for block in range(1, _BASIC_BLOCKS + 1):
        x = _convolution(x, f"block{block}", 1, **options)
        x, pooled[block] = pool(x, block)  # (B, H/2^block, W/2^block, 64)

    # Decoder
    for block in range(_BASIC_BLOCKS, 0, -1):
        x = unpool(x, pooled[block], block)  # (B, H/2^(block-1), W/2^(block-1), 64)
        x = _convolution(x, f"decoder{block}", 1, **options, activation=None)

    # Head
    model = _scores(inputs, x, classes, 1, classifier_activation, name)
    load_weights(model, weights)
    return model


def _convolution(
    x, block, index, filters, kernel_size=3, use_bias=True, activation="relu"
):
    x = layers.Conv2D(
        filters,
        kernel_size,
        padding="same",
        use_bias=use_bias,
        kernel_initializer="he_normal",
        name=f"{block}_conv{index}",
    )(x)
    x = layers.BatchNormalization(
        # So that a ReLU does not begin with half of its values exactly at zero.
        beta_initializer=keras.initializers.Constant(0.001),
        name=f"{block}_bn{index}",
    )(x)
    if activation is None:
        return x
    return layers.Activation(activation, name=f"{block}_{activation}{index}")(x)


def _scores(inputs, x, classes, kernel_size, classifier_activation, name):
    x = layers.Conv2D(
        classes,
        kernel_size,
        padding="same",
        kernel_initializer="he_normal",
        name="logits",
    )(x)  # (B, H, W, classes)
    return keras.Model(inputs, activated(x, classifier_activation), name=name)
