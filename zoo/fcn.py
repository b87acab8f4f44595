"""FCN-32s, FCN-16s and FCN-8s, the fully convolutional networks of 2014."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras

from zoo.fcn_network import build_fcn
from zoo.fcn_weights import move_weights
from zoo.pixels import centred

__all__ = ["FCN8s", "FCN16s", "FCN32s", "move_weights", "preprocess_input"]

# BGR, over the images of ImageNet, with the digits of the authors' code.
_MEANS = (104.00699, 116.66877, 122.67892)


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
    return build_fcn(32, **locals())


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
    return build_fcn(16, **locals())


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
    return build_fcn(8, **locals())


def preprocess_input(images: Any) -> Any:
    """Turns RGB images into what the published FCNs were trained on.

    Args:
        images: `(..., height, width, 3)`, RGB, 0…255, of any number type; an array, or
            a tensor, as in `tf.data.Dataset.map`.

    Returns:
        The same shape and kind, in float32: BGR minus the mean of ImageNet.

    Example:

    >>> import numpy as np
    >>> print(preprocess_input(np.full((1, 1, 3), 128, "uint8")).round(1))
    [[[24.  11.3  5.3]]]
    """
    return centred(images[..., ::-1], _MEANS)
