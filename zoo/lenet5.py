"""LeNet-5, the network that read the digits on bank cheques."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import keras
from keras import layers

from zoo.arguments import check_activation
from zoo.classifier_head import check_classifier, classifier_head
from zoo.weights import check_weights, load_weights

_SMALLEST_SIZE = 16


def LeNet5(
    include_top: bool = True,
    weights: str | Path | None = None,
    input_shape: tuple[int | None, int | None, int] = (32, 32, 1),
    classes: int = 10,
    classifier_activation: str | Callable | None = "softmax",
    name: str = "lenet5",
    *,
    top: str = "flatten",
    activation: str | Callable = "tanh",
) -> keras.Model:
    """Builds LeNet-5: 61 706 parameters, and no padding anywhere.

    Every map of the second convolution sees every map of the first, and the averages
    have no weights of their own; the paper's sparse connection table and radial basis
    outputs are left out, as in all implementations since.

    Reference:

    - [Gradient-Based Learning Applied to Document Recognition](
      https://doi.org/10.1109/5.726791) (LeCun, Bottou, Bengio and Haffner, 1998)

    Args:
        include_top: Whether to end in class scores; otherwise in the last feature map.
        weights: `None` for random ones, or the path of a `.weights.h5` or `.h5` file.
        input_shape: `(height, width, channels)`, at least 16 by 16. Height and width
            may be `None` without the top or with `top="gap"`.
        classes: Number of classes, at least 1.
        classifier_activation: Activation of the scores, `None` for logits.
        name: Name of the model.
        top: `"flatten"` for the paper's fully connected layers, `"gap"` for global
            average pooling and a single one.
        activation: Activation of the hidden layers, `"tanh"` or `"relu"` as a rule.

    Returns:
        A model from `(batch, height, width, channels)` to `(batch, classes)`, or
        without the top to `(batch, h, w, 16)`.

    Raises:
        ArgumentError: An argument has a value that the network cannot work with.
        FileError: The weights file is damaged or belongs to another network.

    Example:

    >>> LeNet5().count_params()
    61706
    """
    check_weights(weights)
    check_activation("activation", activation)
    check_classifier(
        "LeNet5",
        include_top=include_top,
        input_shape=input_shape,
        smallest_size=_SMALLEST_SIZE,
        classes=classes,
        classifier_activation=classifier_activation,
        top=top,
    )
    inputs = keras.Input(input_shape, name="image")  # (B, 32, 32, 1)

    # Block 1
    x = layers.Conv2D(6, 5, activation=activation, name="block1_conv1")(inputs)
    # (B, 28, 28, 6)
    x = layers.AveragePooling2D(2, name="block1_pool")(x)  # (B, 14, 14, 6)

    # Block 2
    x = layers.Conv2D(16, 5, activation=activation, name="block2_conv1")(x)
    # (B, 10, 10, 16)
    x = layers.AveragePooling2D(2, name="block2_pool")(x)  # (B, 5, 5, 16)

    if include_top:
        x = classifier_head(
            x,
            top=top,
            classes=classes,
            classifier_activation=classifier_activation,
            hidden_units=(120, 84),
            hidden_activation=activation,
        )  # (B, classes)
    model = keras.Model(inputs, x, name=name)
    load_weights(model, weights)
    return model
