"""The end of a classifier: from the last feature map to class scores."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
from keras import layers

from zoo.arguments import (
    check_activation,
    check_choice,
    check_count,
    check_fraction,
    check_input_shape,
)

TOPS = ("flatten", "gap")


def check_classifier(
    network: str,
    *,
    include_top: bool,
    input_shape: Any,
    smallest_size: int,
    classes: int,
    classifier_activation: Any,
    top: str,
    dropout: float = 0.0,
) -> None:
    """Raises `ArgumentError` for the first argument that no classifier can work with.

    Args:
        network: Its name, for the messages.
        smallest_size: Fewest rows and columns of an image that leave one cell.
        include_top, input_shape, classes, classifier_activation, top, dropout: As the
            user gave them to the builder.
    """
    check_choice("include_top", include_top, (True, False))
    check_choice("top", top, TOPS)
    check_count("classes", classes)
    check_activation("classifier_activation", classifier_activation)
    check_fraction("dropout", dropout)
    may_be_unknown = not include_top or top == "gap"
    check_input_shape(network, input_shape, smallest_size, may_be_unknown)


def classifier_head(
    features: keras.KerasTensor,
    *,
    top: str,
    classes: int,
    classifier_activation: str | Callable | None,
    hidden_units: Sequence[int] = (),
    hidden_activation: str | Callable = "relu",
    dropout: float = 0.0,
) -> keras.KerasTensor:
    """Scores the classes from a feature map, for the image as a whole.

    Args:
        features: `(batch, height, width, channels)`.
        top: `"flatten"` for fully connected layers on every value of the map, which
            fixes its size; `"gap"` for one fully connected layer on the channels'
            averages, whose weights also give class activation maps
            (https://arxiv.org/abs/1512.04150).
        classes: Number of classes, at least 1.
        classifier_activation: Activation of the scores, `None` for logits.
        hidden_units: Widths of the layers before the last, for `"flatten"`.
        hidden_activation: Their activation.
        dropout: Fraction dropped after each of them; 0 adds no layer.

    Returns:
        `(batch, classes)`.
    """
    if top == "gap":
        x = layers.GlobalAveragePooling2D(name="avg_pool")(features)
    else:
        x = layers.Flatten(name="flatten")(features)
        for index, units in enumerate(hidden_units, start=1):
            name = f"fc{index}"
            x = layers.Dense(units, activation=hidden_activation, name=name)(x)
            if dropout:
                x = layers.Dropout(dropout, name=f"{name}_dropout")(x)
    return layers.Dense(classes, activation=classifier_activation, name="predictions")(
        x
    )
