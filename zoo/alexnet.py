"""AlexNet, the network that won the ImageNet challenge of 2012."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
from keras import layers

from kerasseg.layers import LocalResponseNormalization
from zoo.arguments import check_choice, check_count
from zoo.classifier_head import check_classifier, classifier_head
from zoo.pixels import centred
from zoo.weights import check_weights, load_weights

_SMALLEST_SIZE = {"same": 67, "valid": 195}
_IMAGENET_MEAN_RGB = (122.67892, 116.66877, 104.00699)


def AlexNet(
    include_top: bool = True,
    weights: str | Path | None = None,
    input_shape: tuple[int | None, int | None, int] = (227, 227, 3),
    classes: int = 1000,
    classifier_activation: str | Callable | None = "softmax",
    name: str = "alexnet",
    *,
    top: str = "flatten",
    groups: int = 2,
    padding: str = "same",
    local_response_normalization: bool = True,
    hidden_units: int = 4096,
    dropout: float = 0.5,
) -> keras.Model:
    """Builds AlexNet: 60 965 224 parameters with 1 000 classes.

    The paper speaks of 224 by 224 pixels; its first convolution fits 227.

    Reference:

    - [ImageNet Classification with Deep Convolutional Neural Networks](
      https://papers.nips.cc/paper/4824-imagenet-classification-with-deep-convolutional-neural-networks)
      (Krizhevsky, Sutskever and Hinton, 2012)

    Args:
        include_top: Whether to end in class scores; otherwise in the last feature map.
        weights: `None` for random ones, or the path of a `.weights.h5` or `.h5` file.
        input_shape: `(height, width, channels)`, at least 67 by 67, or 195 by 195 with
            `padding="valid"`. Height and width may be `None` without the top or with
            `top="gap"`.
        classes: Number of classes, at least 1.
        classifier_activation: Activation of the scores, `None` for logits.
        name: Name of the model.
        top: `"flatten"` for the paper's fully connected layers, `"gap"` for global
            average pooling and a single one.
        groups: 2 for the paper's two halves, which share no weights in the second,
            fourth and fifth convolution; 1 for whole ones, 62 378 344 parameters.
        padding: `"same"` as in the paper, or `"valid"` for a trunk that pads nothing:
            only then does every cell of the converted net equal the classifier.
        local_response_normalization: Whether to normalise after the first two
            convolutions.
        hidden_units: Width of the two hidden fully connected layers, at least 1.
        dropout: Fraction dropped after each of them, at least 0 and below 1.

    Returns:
        A model from `(batch, height, width, channels)` to `(batch, classes)`, or
        without the top to `(batch, h, w, 256)`.

    Raises:
        ArgumentError: An argument has a value that the network cannot work with.
        FileError: The weights file is damaged or belongs to another network.

    Example:

    >>> AlexNet(include_top=False).output_shape
    (None, 6, 6, 256)
    """
    check_weights(weights)
    check_choice("padding", padding, ("same", "valid"))
    check_choice("groups", groups, (1, 2))
    check_choice(
        "local_response_normalization", local_response_normalization, (True, False)
    )
    check_count("hidden_units", hidden_units)
    check_classifier(
        "AlexNet",
        include_top=include_top,
        input_shape=input_shape,
        smallest_size=_SMALLEST_SIZE[padding],
        classes=classes,
        classifier_activation=classifier_activation,
        top=top,
        dropout=dropout,
    )
    inputs = keras.Input(input_shape, name="image")  # (B, 227, 227, 3)
    x = _trunk(inputs, groups, padding, local_response_normalization)
    if include_top:
        x = classifier_head(
            x,
            top=top,
            classes=classes,
            classifier_activation=classifier_activation,
            hidden_units=(hidden_units, hidden_units),
            dropout=dropout,
        )  # (B, classes)
    model = keras.Model(inputs, x, name=name)
    load_weights(model, weights)
    return model


def preprocess_input(images: Any) -> Any:
    """Subtracts the mean colour of ImageNet, as AlexNet expects of its images.

    The paper subtracts a mean image, which fixes the image size; the mean colour loses
    nothing that has been measured. Weights that were trained by Caffe want the channels
    as BGR: reverse them after this function, `images[..., ::-1]`.

    Args:
        images: `(..., 3)`, RGB from 0 to 255, of any number type; an array, or a
            tensor, as in `tf.data.Dataset.map`.

    Returns:
        The same shape and kind, in float32.

    Example:

    >>> import numpy as np
    >>> print(preprocess_input(np.full((1, 3), 128, "uint8")).round(1))
    [[ 5.3 11.3 24. ]]
    """
    return centred(images, _IMAGENET_MEAN_RGB)


def _trunk(x, groups, padding, local_response_normalization):
    # Block 1
    x = layers.Conv2D(96, 11, strides=4, activation="relu", name="block1_conv1")(x)
    # (B, 55, 55, 96)
    if local_response_normalization:
        x = _normalization("block1_lrn")(x)
    x = layers.MaxPooling2D(3, strides=2, name="block1_pool")(x)  # (B, 27, 27, 96)

    # Block 2
    x = _convolution(256, 5, padding, groups, "block2_conv1")(x)  # (B, 27, 27, 256)
    if local_response_normalization:
        x = _normalization("block2_lrn")(x)
    x = layers.MaxPooling2D(3, strides=2, name="block2_pool")(x)  # (B, 13, 13, 256)

    # Block 3
    x = _convolution(384, 3, padding, 1, "block3_conv1")(x)  # (B, 13, 13, 384)
    x = _convolution(384, 3, padding, groups, "block3_conv2")(x)
    x = _convolution(256, 3, padding, groups, "block3_conv3")(x)  # (B, 13, 13, 256)
    return layers.MaxPooling2D(3, strides=2, name="block3_pool")(x)  # (B, 6, 6, 256)


def _convolution(filters, size, padding, groups, name):
    return layers.Conv2D(
        filters, size, padding=padding, groups=groups, activation="relu", name=name
    )


def _normalization(name):
    return LocalResponseNormalization(
        depth_radius=2, bias=2.0, alpha=1e-4, beta=0.75, name=name
    )
