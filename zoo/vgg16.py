"""VGG16, configuration D of the very deep networks of 2014."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import keras
from keras import layers
from keras.applications.vgg16 import decode_predictions, preprocess_input

from kerasseg.errors import ArgumentError
from zoo.arguments import check_choice, check_count
from zoo.classifier_head import check_classifier, classifier_head
from zoo.published_weights import fetch
from zoo.weights import check_weights, load_weights

__all__ = ["VGG16", "decode_predictions", "preprocess_input"]

# Of each block: filters, in multiples of the first block's 64, and convolutions.
BLOCKS = ((1, 2), (2, 2), (4, 3), (8, 3), (8, 3))
_SMALLEST_SIZE = {"same": 32, "valid": 212}
_IMAGENET_FILES_START = (
    "https://storage.googleapis.com/tensorflow/keras-applications/vgg16/"
    "vgg16_weights_tf_dim_ordering_tf_kernels"
)
# The end of the file's address, and its MD5 sum, by include_top.
_IMAGENET_FILES = {
    True: (".h5", "64373286793e3c8b2b4e3219cbf3544b"),
    False: ("_notop.h5", "6d6bbae143d832006294945121d1f1fc"),
}
_IMAGENET_TOP = {
    "top": "flatten",
    "padding": "same",
    "hidden_units": 4096,
    "classes": 1000,
}


def VGG16(
    include_top: bool = True,
    weights: str | Path | None = None,
    input_shape: tuple[int | None, int | None, int] = (224, 224, 3),
    classes: int = 1000,
    classifier_activation: str | Callable | None = "softmax",
    name: str = "vgg16",
    *,
    top: str = "flatten",
    padding: str = "same",
    hidden_units: int = 4096,
    dropout: float = 0.0,
) -> keras.Model:
    """Builds VGG16: 138 357 544 parameters with 1 000 classes.

    Layers, names and weights are those of `keras.applications.VGG16`, so that weights
    files fit both.

    Reference:

    - [Very Deep Convolutional Networks for Large-Scale Image Recognition](
      https://arxiv.org/abs/1409.1556) (Simonyan and Zisserman, 2015)

    Args:
        include_top: Whether to end in class scores; otherwise in the last feature map.
        weights: `None` for random ones, `"imagenet"` for those of Keras, downloaded
            once into the Keras cache, or the path of a `.weights.h5` or `.h5` file.
        input_shape: `(height, width, channels)`, at least 32 by 32, or 212 by 212 with
            `padding="valid"`. Height and width may be `None` without the top or with
            `top="gap"`.
        classes: Number of classes, at least 1.
        classifier_activation: Activation of the scores, `None` for logits.
        name: Name of the model.
        top: `"flatten"` for the paper's fully connected layers, `"gap"` for global
            average pooling and a single one.
        padding: `"same"` as in the paper, or `"valid"` for a trunk that pads nothing:
            only then does every cell of the converted net equal the classifier.
        hidden_units: Width of the two hidden fully connected layers, at least 1.
        dropout: Fraction dropped after each of them, at least 0 and below 1; the paper
            trains with 0.5.

    Returns:
        A model from `(batch, height, width, channels)` to `(batch, classes)`, or
        without the top to `(batch, h, w, 512)`.

    Raises:
        ArgumentError: An argument has a value that the network cannot work with.
        FileError: The weights cannot be downloaded, or the file is damaged or belongs
            to another network.

    Example:

    >>> VGG16(include_top=False, input_shape=(None, None, 3)).count_params()
    14714688
    """
    check_weights(weights, also=("imagenet",))
    check_choice("padding", padding, ("same", "valid"))
    check_count("hidden_units", hidden_units)
    check_classifier(
        "VGG16",
        include_top=include_top,
        input_shape=input_shape,
        smallest_size=_SMALLEST_SIZE[padding],
        classes=classes,
        classifier_activation=classifier_activation,
        top=top,
        dropout=dropout,
    )
    if weights == "imagenet":
        _check_imagenet(
            include_top,
            input_shape,
            classifier_activation,
            top=top,
            padding=padding,
            hidden_units=hidden_units,
            classes=classes,
        )
    x = inputs = keras.Input(input_shape, name="image")  # (B, 224, 224, 3)
    for block, (width, convolutions) in enumerate(BLOCKS, start=1):
        x = _block(x, block, 64 * width, convolutions, padding)
    # (B, 7, 7, 512)

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
    if weights == "imagenet":
        suffix, md5 = _IMAGENET_FILES[include_top]
        weights = fetch(_IMAGENET_FILES_START + suffix, md5)
    load_weights(model, weights)
    return model


def _block(x, block, filters, convolutions, padding):
    for index in range(1, convolutions + 1):
        name = f"block{block}_conv{index}"
        x = layers.Conv2D(filters, 3, padding=padding, activation="relu", name=name)(x)
    return layers.MaxPooling2D(2, name=f"block{block}_pool")(x)


def _check_imagenet(include_top, input_shape, classifier_activation, **options):
    """Finds a misfit before half a gigabyte is fetched for nothing."""
    if input_shape[2] != 3:
        _refuse_imagenet("three channels", "input_shape", input_shape)
    if not include_top:
        return
    for name, wanted in _IMAGENET_TOP.items():
        if options[name] != wanted:
            _refuse_imagenet(f"{name}={wanted!r}", name, options[name])
    if any(size // 32 != 7 for size in input_shape[:2]):
        _refuse_imagenet("images of 224 to 255 pixels", "input_shape", input_shape)
    if classifier_activation not in (None, "softmax"):
        _refuse_imagenet(
            "'softmax' or None", "classifier_activation", classifier_activation
        )


def _refuse_imagenet(wanted, name, value):
    raise ArgumentError(
        f"weights='imagenet' needs {wanted}. Received: {name}={value!r}"
    )
