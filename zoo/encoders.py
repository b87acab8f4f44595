"""Encoders: classifiers of Keras, or of the user, as feature maps at several strides.

| name | pixels that it expects |
|---|---|
| `VGG16`, `VGG19`, `ResNet50`, `ResNet101`, `ResNet152` | blue, green, red, minus their ImageNet means: `preprocess_input` of `keras.applications.vgg16` |
| `MobileNetV2` | -1 to 1: `x / 127.5 - 1` |
| `MobileNetV3Small`, `MobileNetV3Large`, `EfficientNetV2B0` … `B3`, `S`, `M`, `L` | 0 to 255; they begin with a Rescaling layer |

These are the names of the functions in `keras.applications`. What the pixels need
before them is left to the data: a net with an encoder does nothing to its image.
"""  # noqa: E501 - a table row cannot be broken

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import keras

from kerasseg.errors import ArgumentError, did_you_mean

# The last layers of stride 2, 4, 8, 16 and 32. `None` is the model's output, for Keras
# gives the last layer of a MobileNetV3 another number whenever it builds one.
_VGG16 = (
    "block2_conv2",
    "block3_conv3",
    "block4_conv3",
    "block5_conv3",
    "block5_pool",
)
_VGG19 = (
    "block2_conv2",
    "block3_conv4",
    "block4_conv4",
    "block5_conv4",
    "block5_pool",
)
_MOBILENET_V2 = (
    "block_1_expand_relu",
    "block_3_expand_relu",
    "block_6_expand_relu",
    "block_13_expand_relu",
    "out_relu",
)
_MOBILENET_V3_SMALL = (
    "conv_bn",
    "expanded_conv_project_bn",
    "expanded_conv_2_add",
    "expanded_conv_7_add",
    None,
)
_MOBILENET_V3_LARGE = (
    "expanded_conv_add",
    "expanded_conv_2_add",
    "expanded_conv_5_add",
    "expanded_conv_11_add",
    None,
)


def _resnet(blocks_of_stage_3: int, blocks_of_stage_4: int):
    return (
        "conv1_relu",
        "conv2_block3_out",
        f"conv3_block{blocks_of_stage_3}_out",
        f"conv4_block{blocks_of_stage_4}_out",
        "conv5_block3_out",
    )


def _efficientnet_v2(first: str, second: str):
    expanded = "block4a_expand_activation", "block6a_expand_activation"
    return (first, second, *expanded, "top_activation")


LEVELS = {
    "VGG16": _VGG16,
    "VGG19": _VGG19,
    "ResNet50": _resnet(4, 6),
    "ResNet101": _resnet(4, 23),
    "ResNet152": _resnet(8, 36),
    "MobileNetV2": _MOBILENET_V2,
    "MobileNetV3Small": _MOBILENET_V3_SMALL,
    "MobileNetV3Large": _MOBILENET_V3_LARGE,
    "EfficientNetV2B0": _efficientnet_v2("block1a_project_activation", "block2b_add"),
    "EfficientNetV2B1": _efficientnet_v2("block1b_add", "block2c_add"),
    "EfficientNetV2B2": _efficientnet_v2("block1b_add", "block2c_add"),
    "EfficientNetV2B3": _efficientnet_v2("block1b_add", "block2c_add"),
    "EfficientNetV2S": _efficientnet_v2("block1b_add", "block2d_add"),
    "EfficientNetV2M": _efficientnet_v2("block1c_add", "block2e_add"),
    "EfficientNetV2L": _efficientnet_v2("block1d_add", "block2g_add"),
}
# Their cells stand at pixels 0, s, 2s …
PAD_ALIKE_ON_BOTH_SIDES = ("ResNet50", "ResNet101", "ResNet152")


@dataclass(frozen=True)
class Encoder:
    """A Keras model and the layers whose outputs a segmentation net is to use.

    Attributes:
        model: Any Functional or Sequential model with one image as its input. The net
            gets a copy of its layers with the same weights, for images of any size.
        levels: Names of layers, from the finest map to the coarsest, each coarser than
            the one before. Where a stride divides an image, the map must have a cell
            for every stride: layers that pad, as `"same"` does.
        align_corners: Whether the cells of all maps stand at pixels 0, s, 2s …, as in
            nets that pad alike on both sides, like ResNet. Otherwise each stands for a
            square of s by s pixels, as behind the 2×2 poolings of VGG.

    Example:

    >>> import keras
    >>> model = keras.Sequential([
    ...     keras.Input((64, 64, 3)),
    ...     keras.layers.Conv2D(4, 3, strides=2, padding="same", name="fine"),
    ...     keras.layers.Conv2D(8, 3, strides=2, padding="same", name="coarse"),
    ... ])
    >>> import zoo
    >>> net = zoo.UNet((None, None, 3), 5, encoder=Encoder(model, ["fine", "coarse"]))
    >>> net.compute_output_shape((1, 37, 50, 3))
    (1, 37, 50, 5)
    """

    model: keras.Model
    levels: Sequence[str]
    align_corners: bool = False


def check_encoder(encoder, encoder_weights, input_shape) -> None:
    """Raises `ArgumentError` unless the three go together, before anything is built."""
    is_name = isinstance(encoder, str) and encoder in LEVELS
    if not isinstance(encoder, Encoder) and not is_name:
        raise ArgumentError(
            f"encoder must be one of {', '.join(map(repr, LEVELS))}, or a zoo.encoders."
            f"Encoder with a model of your own.{did_you_mean(encoder, LEVELS)} "
            f"Received: encoder={encoder!r}"
        )
    if encoder_weights is None:
        return
    received = f"Received: encoder_weights={str(encoder_weights)!r}"
    if isinstance(encoder, Encoder):
        raise ArgumentError(
            "encoder_weights go with the encoders of keras.applications; an Encoder "
            f"brings those of its model. {received}"
        )
    if encoder_weights == "imagenet":
        if input_shape[2] != 3:
            raise ArgumentError(
                "encoder_weights='imagenet' needs three channels. Received: "
                f"input_shape={input_shape!r}"
            )
        return
    is_path = isinstance(encoder_weights, str | Path)
    if not is_path or not Path(encoder_weights).is_file():
        raise ArgumentError(
            "encoder_weights must be None, 'imagenet' or the path of an existing "
            f".weights.h5 or .h5 file. {received}"
        )
