"""PSPNet, whose pyramid pooling shows every place the whole scene, of 2017."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import keras
from keras import layers

from kerasseg.errors import ArgumentError
from kerasseg.layers import (
    AdaptiveAveragePooling2D,
    CropToMatch2D,
    PadToMultiple2D,
    Resize2D,
)
from zoo.arguments import (
    check_choice,
    check_count,
    check_fraction,
    check_segmentation,
)
from zoo.encoders import Encoder, check_encoder
from zoo.segmentation_head import activated
from zoo.trunk import build_trunk
from zoo.weights import check_weights, load_weights

__all__ = ["Encoder", "PSPNet"]

AUXILIARY_LOSS_WEIGHT = 0.4


def PSPNet(
    input_shape: tuple[int | None, int | None, int] = (None, None, 3),
    classes: int = 21,
    weights: str | Path | None = None,
    classifier_activation: str | Callable | None = "softmax",
    name: str = "pspnet",
    *,
    encoder: str | Encoder = "ResNet50",
    encoder_weights: str | Path | None = None,
    output_stride: int | None = 8,
    bins: Sequence[int] = (1, 2, 3, 6),
    base_filters: int = 512,
    auxiliary: bool = False,
    dropout: float = 0.1,
) -> keras.Model:
    """Builds PSPNet on ResNet-50: 46 677 397 parameters with 21 classes.

    The last strides of the encoder become dilations, so that it gives a cell for every
    8×8 pixels. The map is averaged over grids of bins, from the whole scene to a 36th
    of it, and the averages are enlarged and joined with it. Scores are interpolated to
    the size of the image.

    Images of any size do: the image is padded until the stride divides it (with a
    ResNet, whose cells stand at pixels 0, 8, 16 …, to one pixel more, and enlarged from
    corner to corner, as the authors do with 473 or 713 pixels), and the scores are cut
    to its size. `zoo.encoders` says what range of pixels each encoder expects. The
    ResNets are those of `keras.applications`, with one 7×7 convolution at the start
    where the authors' have three 3×3.

    With `auxiliary=True` train as the paper does:

        model.compile(optimizer, [loss, loss],
                      loss_weights=[1, zoo.pspnet.AUXILIARY_LOSS_WEIGHT])  # 0.4
        model.fit(images, [masks, masks])
        model = keras.Model(model.input, model.outputs[0])  # to predict with

    Reference:

    - [Pyramid Scene Parsing Network](https://arxiv.org/abs/1612.01105) (Zhao, Shi, Qi,
      Wang and Jia, 2017)

    Args:
        input_shape: `(height, width, channels)`; height and width may be `None`.
        classes: Number of classes, at least 1.
        weights: `None` for random ones, or the path of a `.weights.h5` file of this
            network.
        classifier_activation: Activation of the scores, `None` for logits.
        name: Name of the model.
        encoder: A name of `zoo.encoders`, such as `"ResNet101"`, or a
            `zoo.encoders.Encoder` with a model of your own.
        encoder_weights: `None` for random ones, `"imagenet"`, or the path of a weights
            file of `keras.applications` without top.
        output_stride: Pixels between neighbouring cells, a stride that the encoder
            passes through: 8 in the paper; 16 is faster. `None` dilates nothing.
        bins: Bins along each axis of each grid, each at least 1.
        base_filters: Filters of the convolution behind the pyramid; half as many in
            front of the auxiliary scores.
        auxiliary: Whether to give scores from the last level but one as well, for a
            second loss with weight 0.4 while training.
        dropout: Fraction dropped before each score, at least 0 and below 1.

    Returns:
        A model from `(batch, height, width, channels)` to
        `(batch, height, width, classes)`, or with `auxiliary=True` to a list of two of
        these, the auxiliary scores second.

    Raises:
        ArgumentError: An argument has a value that the network cannot work with.
        FileError: Weights cannot be downloaded, or a file is damaged or belongs to
            another network.

    Example:

    >>> model = PSPNet(encoder="MobileNetV2", base_filters=8, output_stride=16)
    >>> model.compute_output_shape((1, 37, 50, 3))
    (1, 37, 50, 21)
    """
    check_weights(weights)
    check_segmentation(
        "PSPNet",
        input_shape=input_shape,
        classes=classes,
        classifier_activation=classifier_activation,
    )
    check_encoder(encoder, encoder_weights, input_shape)
    _check_pyramid(bins)
    if output_stride is not None:
        check_count("output_stride", output_stride)
    check_count("base_filters", base_filters)
    check_choice("auxiliary", auxiliary, (False, True))
    check_fraction("dropout", dropout)
    inputs = keras.Input(input_shape, name="image")  # (B, H, W, channels)

    # Encoder: its last two levels, dilated.
    trunk = build_trunk(
        encoder, encoder_weights, input_shape[2], output_stride=output_stride
    )
    padded = PadToMultiple2D(trunk.strides[-1], trunk.rest, name="pad")(inputs)
    # The last two are (B, H/8, W/8, C).
    *finer, coarsest = keras.tree.flatten(trunk.model(padded))
    if auxiliary and not finer:
        raise ArgumentError(
            "Auxiliary scores need an encoder of two levels or more. "
            f"Received: auxiliary={auxiliary!r}"
        )

    # Decoder: averages over each grid of bins, beside the map itself.
    x = _pyramid(coarsest, bins)  # (B, H/8, W/8, 2 C)

    # Head: scores of the size of the image.
    def head(x, filters, prefix):
        x = _convolve(x, filters, 3, f"{prefix}conv")
        x = layers.Dropout(dropout, name=f"{prefix}dropout")(x)
        x = layers.Conv2D(classes, 1, name=f"{prefix}logits")(x)
        resize = Resize2D(align_corners=trunk.align_corners, name=f"{prefix}resize")
        x = resize([x, padded])
        x = CropToMatch2D(0, name=f"{prefix}crop")([x, inputs])  # (B, H, W, classes)
        return activated(x, classifier_activation, f"{prefix}scores")

    outputs = head(x, base_filters, "")
    if auxiliary:
        outputs = [outputs, head(finer[-1], max(base_filters // 2, 1), "auxiliary_")]
    model = keras.Model(inputs, outputs, name=name)
    load_weights(model, weights)
    return model


def _pyramid(x, bins):
    channels = max(x.shape[-1] // len(bins), 1)
    branches = [x]
    for n in bins:
        name = f"pyramid{n}"
        y = AdaptiveAveragePooling2D(n, name=f"{name}_pool")(x)  # (B, n, n, C)
        y = _convolve(y, channels, 1, name)  # (B, n, n, C/4)
        resize = Resize2D(align_corners=True, name=f"{name}_resize")
        branches.append(resize([y, x]))  # (B, H/8, W/8, C/4)
    return layers.Concatenate(name="pyramid")(branches)


def _convolve(x, filters, kernel_size, name):
    x = layers.Conv2D(
        filters,
        kernel_size,
        padding="same",
        use_bias=False,
        kernel_initializer="he_normal",
        name=name,
    )(x)
    x = layers.BatchNormalization(momentum=0.9, epsilon=1e-5, name=f"{name}_bn")(x)
    return layers.Activation("relu", name=f"{name}_relu")(x)


def _check_pyramid(bins):
    is_sequence = isinstance(bins, tuple | list) and len(bins) > 0
    if not is_sequence or not all(isinstance(n, int) and n >= 1 for n in bins):
        raise ArgumentError(
            f"bins must be one integer of at least 1 or more. Received: bins={bins!r}"
        )
    if len(set(bins)) != len(bins):
        raise ArgumentError(f"bins must differ. Received: bins={bins!r}")
