"""Small copies of all networks, and one classifier of each kind that converts."""

from __future__ import annotations

import warnings

import keras
from checks.exactness import randomise
from checks.segmentation import awaken
from checks.small_classifier import small_classifier
from keras import layers

import kerasseg
import zoo
from zoo.encoders import Encoder

COLOURS = {"input_shape": (None, None, 3), "classes": 3}
NARROW = {**COLOURS, "base_filters": 2}
DEEP = {**NARROW, "hidden_units": 6}


def _two_levels():
    """An encoder of strides 2 and 4."""
    x = inputs = keras.Input((None, None, 3))
    for index, filters in enumerate((4, 6), start=1):
        name = f"level{index}"
        x = layers.Conv2D(filters, 3, 2, padding="same", name=name)(x)
    return Encoder(awaken(keras.Model(inputs, x)), ["level1", "level2"])


def _flatten_head():
    head = layers.Flatten(), layers.Dense(6, "relu"), layers.Dense(3, "softmax")
    return small_classifier(*head, size=(24, 20))


def _pooled_head():
    head = layers.GlobalAveragePooling2D(), layers.Dense(3, "softmax")
    return small_classifier(*head, size=(24, 20))


def _nested_trunk():
    trunk = zoo.LeNet5(False, input_shape=(28, 28, 1))
    head = layers.Flatten(), layers.Dropout(0.5), layers.Dense(3, "softmax")
    return keras.Sequential([keras.Input((28, 28, 1)), trunk, *head])


def _squeeze_and_excite():
    image = keras.Input((20, 20, 3))
    x = layers.Conv2D(6, 3, activation="relu")(image)
    gate = layers.Dense(2, "relu")(layers.GlobalAveragePooling2D()(x))
    gate = layers.Reshape((1, 1, 6))(layers.Dense(6, "sigmoid")(gate))
    x = layers.GlobalAveragePooling2D()(layers.Multiply()([x, gate]))
    return keras.Model(image, layers.Dense(3, "softmax")(x))


def _own_numbers_for_every_feature():
    """Of these the converted net unfolds the windows."""
    head = layers.Flatten(), layers.LayerNormalization(), layers.Dense(3, "softmax")
    return small_classifier(*head)


def _two_inputs_and_outputs():
    image, numbers = keras.Input((12, 12, 2), name="image"), keras.Input((3,))
    gate = layers.Reshape((1, 1, 4))(layers.Dense(4, "sigmoid")(numbers))
    x = layers.Multiply()([layers.Conv2D(4, 3, activation="relu")(image), gate])
    flat = layers.Flatten()(x)
    outputs = [layers.Dense(3, "softmax")(flat), layers.Dense(1, "sigmoid")(flat)]
    return keras.Model([image, numbers], outputs)


def _keras_bilinear():
    image = keras.Input((None, None, 3))
    x = layers.UpSampling2D(2, interpolation="bilinear")(image)
    return keras.Model(image, x)


def _converted(build, **options):
    def convert():
        with warnings.catch_warnings():  # which tell that gates see the whole image
            warnings.simplefilter("ignore", UserWarning)
            return kerasseg.convert_to_fcn(randomise(build()), **options)

    return convert


ROWS = {
    # The networks, by their names in the zoo.
    "LeNet5": lambda: randomise(zoo.LeNet5(input_shape=(None, None, 1), top="gap")),
    "AlexNet": lambda: randomise(zoo.AlexNet(**COLOURS, top="gap")),
    "NiN": lambda: randomise(zoo.NiN(**COLOURS)),
    "VGG16": lambda: randomise(zoo.VGG16(**COLOURS, top="gap")),
    "FCN32s": lambda: awaken(zoo.FCN32s(**DEEP)),
    "FCN16s": lambda: awaken(zoo.FCN16s(**DEEP)),
    "FCN8s": lambda: awaken(zoo.FCN8s(**DEEP)),
    "UNet": lambda: awaken(zoo.UNet(**NARROW, depth=2)),
    "DeconvNet": lambda: awaken(zoo.DeconvNet(**DEEP)),
    "SegNet": lambda: awaken(zoo.SegNet(**NARROW)),
    "SegNetBasic": lambda: awaken(zoo.SegNetBasic(**NARROW)),
    "PSPNet": lambda: awaken(
        zoo.PSPNet(**NARROW, encoder=_two_levels(), output_stride=2)
    ),
    # Their variants that hold other layers.
    "FCN8s, same": lambda: awaken(zoo.FCN8s(**DEEP, variant="same")),
    "UNet, padded": lambda: awaken(
        zoo.UNet(**NARROW, depth=2, padding="same", upsampling="bilinear")
    ),
    "UNet, encoder": lambda: awaken(zoo.UNet(**NARROW, encoder=_two_levels())),
    # Classifiers, converted.
    "converted: Flatten": _converted(_flatten_head),
    "converted: pooling, windows": _converted(_pooled_head),
    "converted: pooling, CAM": _converted(_pooled_head, global_pooling="cam"),
    "converted: output_stride=1": _converted(_flatten_head, output_stride=1),
    'converted: padding="same"': _converted(_flatten_head, padding="same"),
    "converted: nested trunk": _converted(_nested_trunk),
    "converted: squeeze-and-excite": _converted(_squeeze_and_excite),
    "converted: unfolded windows": _converted(_own_numbers_for_every_feature),
    "converted: two inputs, two outputs": _converted(_two_inputs_and_outputs),
    # A layer of Keras that the nets above do without, and why.
    "UpSampling2D, bilinear": _keras_bilinear,
}
