"""U-Net, the encoder and decoder joined level by level, of 2015."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import keras
from keras import layers

from kerasseg.errors import ArgumentError
from kerasseg.layers import CheckSize2D, CropToMatch2D
from zoo.arguments import (
    check_choice,
    check_count,
    check_fraction,
    check_segmentation,
)
from zoo.encoders import Encoder, check_encoder
from zoo.segmentation_head import activated
from zoo.trunk import build_trunk
from zoo.unet_paths import contract, convolve_twice, enlarge, join, run_trunk
from zoo.unet_sizes import first_size_and_step, unet_valid_sizes
from zoo.weights import check_weights, load_weights

__all__ = ["Encoder", "UNet", "unet_valid_sizes"]


def UNet(
    input_shape: tuple[int | None, int | None, int] = (572, 572, 1),
    classes: int = 2,
    weights: str | Path | None = None,
    classifier_activation: str | Callable | None = "softmax",
    name: str = "unet",
    *,
    padding: str | None = None,
    base_filters: int = 64,
    depth: int | None = None,
    upsampling: str = "transpose",
    batch_normalization: bool = False,
    dropout: float = 0.5,
    encoder: str | Encoder | None = None,
    encoder_weights: str | Path | None = None,
) -> keras.Model:
    """Builds U-Net: 31 030 658 parameters with one channel and two classes.

    By default it is the paper's, which pads nothing: 572×572 pixels give 388×388
    scores, those of the centre, and `zoo.unet_valid_sizes` lists the other sizes that
    it takes. With `padding="same"` images of any size give scores of that size.

    An encoder of `keras.applications`, or a model of your own, can take the place of
    the contracting path. The image is then padded until the encoder's strides divide
    it, and the scores are cut to its size; `zoo.encoders` says what range of pixels
    each encoder expects. `model.get_layer("encoder").trainable = False` freezes it.

    Reference:

    - [U-Net: Convolutional Networks for Biomedical Image Segmentation](
      https://arxiv.org/abs/1505.04597) (Ronneberger, Fischer and Brox, 2015)

    Args:
        input_shape: `(height, width, channels)`; height and width may be `None`.
            Without padding each must be a valid size.
        classes: Number of classes, at least 1.
        weights: `None` for random ones, or the path of a `.weights.h5` file of this
            network.
        classifier_activation: Activation of the scores, `None` for logits.
        name: Name of the model.
        padding: `"valid"` as in the paper, or `"same"`. `None` is the former without an
            encoder, and the latter, which alone is possible, with one.
        base_filters: Filters at full resolution, at least 1; at stride s there are s
            times as many.
        depth: Number of poolings, at least 1, by default 4: five resolutions. With an
            encoder, how many of its levels to use, by default all.
        upsampling: `"transpose"` for the paper's 2×2 up-convolutions, learned;
            `"bilinear"` for a 1×1 convolution and bilinear interpolation.
        batch_normalization: Whether to normalise behind the 3×3 convolutions; the paper
            does not. Trained encoders train better with it.
        dropout: Fraction dropped at the end of the contracting path, at its last two
            resolutions, or behind the encoder; at least 0 and below 1.
        encoder: `None` for the paper's contracting path, a name of `zoo.encoders`, such
            as `"ResNet50"`, or a `zoo.encoders.Encoder` with a model of your own.
        encoder_weights: `None` for random ones, `"imagenet"`, or the path of a weights
            file of `keras.applications` without top.

    Returns:
        A model from `(batch, height, width, channels)` to
        `(batch, height, width, classes)`, smaller by 184 pixels each way without
        padding at the default depth.

    Raises:
        ArgumentError: An argument has a value that the network cannot work with.
            Without padding and with `input_shape=(None, None, channels)`, calling the
            model on an image that is not of a valid size.
        FileError: Weights cannot be downloaded, or a file is damaged or belongs to
            another network.

    Example:

    >>> UNet(base_filters=4).output_shape
    (None, 388, 388, 2)
    >>> UNet((45, None, 3), padding="same", base_filters=4, depth=2).output_shape
    (None, 45, None, 2)
    """
    check_weights(weights)
    check_segmentation(
        "U-Net",
        input_shape=input_shape,
        classes=classes,
        classifier_activation=classifier_activation,
    )
    check_count("base_filters", base_filters)
    if depth is not None:
        check_count("depth", depth)
    check_choice("upsampling", upsampling, ("transpose", "bilinear"))
    check_choice("batch_normalization", batch_normalization, (False, True))
    check_fraction("dropout", dropout)
    check_choice("padding", padding, (None, "valid", "same"))
    _check_encoder_options(encoder, encoder_weights, padding, input_shape)
    if encoder is not None:
        padding = "same"
    elif padding != "same":
        padding, depth = "valid", depth or 4
        _check_sizes(input_shape, depth)
    convolve = partial(
        convolve_twice, padding=padding, batch_normalization=batch_normalization
    )
    inputs = x = keras.Input(input_shape, name="image")  # (B, H, W, channels)

    # Encoder: maps to copy, from stride 1 on, and the coarsest.
    if encoder is None:
        if padding == "valid":
            smallest, step = first_size_and_step(depth)
            x = CheckSize2D(step, smallest, name="valid_size")(x)
        x, copies = contract(x, convolve, base_filters, depth or 4, dropout)
        align_corners = False
    else:
        trunk = build_trunk(encoder, encoder_weights, input_shape[2], depth=depth)
        align_corners = trunk.align_corners
        x, copies = run_trunk(trunk, x, dropout)

    # Decoder: the map enlarged and joined with the next finer one, down to stride 1.
    for level, copy in reversed(list(enumerate(copies, start=1))):
        filters = base_filters * copy.stride
        x = enlarge(x, copy, filters, f"up{level}", upsampling, align_corners)
        x = join(x, copy, f"up{level}", padding)
        x = convolve(x, f"up{level}", filters)

    # Head: a score for each class.
    x = layers.Conv2D(classes, 1, kernel_initializer="he_normal", name="logits")(x)
    if encoder is not None:
        x = CropToMatch2D(0, name="crop")([x, inputs])
    model = keras.Model(inputs, activated(x, classifier_activation), name=name)
    load_weights(model, weights)
    return model


def _check_sizes(input_shape, depth):
    """Refuses fixed sizes whose halves do not come out even, and names the next."""
    for size in input_shape[:2]:
        if size is None:
            continue
        (next_size, output), (after, _) = unet_valid_sizes(size, depth, count=2)
        if size != next_size:
            raise ArgumentError(
                f"A U-Net with padding='valid' and depth={depth} takes no images of "
                f"{size} pixels; the next valid sizes are {next_size}, which gives "
                f"{output} pixels, and {after} (zoo.unet_valid_sizes lists them); "
                "padding='same' takes any size. "
                f"Received: input_shape={input_shape!r}"
            )


def _check_encoder_options(encoder, encoder_weights, padding, input_shape):
    if encoder is not None:
        check_encoder(encoder, encoder_weights, input_shape)
    elif encoder_weights is not None:
        raise ArgumentError(
            "encoder_weights need an encoder. "
            f"Received: encoder_weights={str(encoder_weights)!r}"
        )
    if encoder is not None and padding == "valid":
        raise ArgumentError(
            "An encoder pads; only padding='same' or None goes with it. "
            f"Received: padding={padding!r}"
        )
