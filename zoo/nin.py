"""Network in Network: small networks in place of filters, and no dense layers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import keras
from keras import layers

from zoo.arguments import check_choice
from zoo.classifier_head import check_classifier, classifier_head
from zoo.weights import check_weights, load_weights

_SMALLEST_SIZE = {"same": 1, "valid": 27}


def NiN(
    include_top: bool = True,
    weights: str | Path | None = None,
    input_shape: tuple[int | None, int | None, int] = (32, 32, 3),
    classes: int = 10,
    classifier_activation: str | Callable | None = "softmax",
    name: str = "nin",
    *,
    top: str = "gap",
    padding: str = "same",
    dropout: float = 0.5,
) -> keras.Model:
    """Builds the Network in Network for CIFAR-10: 966 986 parameters.

    Each class has its own map in the end, and its score is that map's average; so the
    maps before the average are class heatmaps already.

    Reference:

    - [Network In Network](https://arxiv.org/abs/1312.4400) (Lin, Chen and Yan, 2014)

    Args:
        include_top: Whether to end in class scores; otherwise in the 192 maps before
            the class maps.
        weights: `None` for random ones, or the path of a `.weights.h5` or `.h5` file.
        input_shape: `(height, width, channels)`, of any size, or at least 27 by 27 with
            `padding="valid"`. Height and width may be `None` unless the top is
            `"flatten"`.
        classes: Number of classes, at least 1.
        classifier_activation: Activation of the scores, `None` for logits.
        name: Name of the model.
        top: `"gap"` to average the class maps, `"flatten"` for the fully connected
            layer that the paper compares it with.
        padding: `"same"` as in the paper, or `"valid"` for a trunk that pads nothing:
            only then does every cell of the converted net equal the classifier.
        dropout: Fraction dropped after each of the first two blocks, at least 0 and
            below 1.

    Returns:
        A model from `(batch, height, width, channels)` to `(batch, classes)`, or
        without the top to `(batch, h, w, 192)`.

    Raises:
        ArgumentError: An argument has a value that the network cannot work with.
        FileError: The weights file is damaged or belongs to another network.

    Example:

    >>> NiN(input_shape=(None, None, 3)).output_shape
    (None, 10)
    """
    check_weights(weights)
    check_choice("padding", padding, ("same", "valid"))
    check_classifier(
        "NiN",
        include_top=include_top,
        input_shape=input_shape,
        smallest_size=_SMALLEST_SIZE[padding],
        classes=classes,
        classifier_activation=classifier_activation,
        top=top,
        dropout=dropout,
    )
    inputs = keras.Input(input_shape, name="image")  # (B, 32, 32, 3)

    # Block 1
    x = _mlpconv(inputs, 1, 5, (192, 160, 96), padding)  # (B, 32, 32, 96)
    x = layers.MaxPooling2D(3, strides=2, padding=padding, name="block1_pool")(x)
    x = _dropout(x, dropout, "block1_dropout")  # (B, 16, 16, 96)

    # Block 2
    x = _mlpconv(x, 2, 5, (192, 192, 192), padding)  # (B, 16, 16, 192)
    x = layers.AveragePooling2D(3, strides=2, padding=padding, name="block2_pool")(x)
    x = _dropout(x, dropout, "block2_dropout")  # (B, 8, 8, 192)

    # Block 3
    x = _mlpconv(x, 3, 3, (192, 192), padding)  # (B, 8, 8, 192)

    if include_top:
        x = _class_scores(x, top, classes, classifier_activation)  # (B, classes)
    model = keras.Model(inputs, x, name=name)
    load_weights(model, weights)
    return model


def _mlpconv(x, block, size, filters, padding):
    """A convolution, then a multilayer perceptron on each of its positions."""
    for index, count in enumerate(filters, start=1):
        x = layers.Conv2D(
            count,
            size if index == 1 else 1,
            padding=padding,
            activation="relu",
            name=f"block{block}_conv{index}",
        )(x)
    return x


def _dropout(x, fraction, name):
    return layers.Dropout(fraction, name=name)(x) if fraction else x


def _class_scores(x, top, classes, classifier_activation):
    x = layers.Conv2D(classes, 1, activation="relu", name="block3_conv3")(x)
    # (B, 8, 8, classes)
    if top == "gap":
        x = layers.GlobalAveragePooling2D(name="avg_pool")(x)
        return layers.Activation(classifier_activation, name="predictions")(x)
    return classifier_head(
        x, top=top, classes=classes, classifier_activation=classifier_activation
    )
