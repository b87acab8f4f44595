import keras
import pytest
from checks.exactness import images_for, randomise, relative_difference
from keras import layers

import kerasseg
import zoo
from kerasseg.errors import ArgumentError, ConversionError


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("padding", "SAME"),
        ("global_pooling", "none"),
        ("classifier_activation", "softmx"),
    ],
)
def test_wrong_arguments_are_refused(argument, value):
    with pytest.raises(ArgumentError, match=rf"{argument}.*{value}"):
        kerasseg.convert_to_fcn(zoo.LeNet5(), **{argument: value})


def test_open_sizes_need_the_native_one():
    model = keras.Sequential(
        [
            keras.Input((None, None, 1)),
            layers.Conv2D(3, 3),
            layers.GlobalAveragePooling2D(name="pool"),
            layers.Dense(2),
        ]
    )
    with pytest.raises(ConversionError, match=r"'pool'.*native_size"):
        kerasseg.convert_to_fcn(model)
    fcn = kerasseg.convert_to_fcn(randomise(model), native_size=(9, 8))
    images = images_for(model, size=(9, 8))
    actual = fcn.predict_on_batch(images)
    assert actual.shape == (2, 1, 1, 2)
    assert relative_difference(actual[:, 0, 0], model.predict_on_batch(images)) <= 1e-6


@pytest.mark.parametrize(
    "wanted",
    [0, -1, 1.5, (1, 2, 3), (None, 2), "abc", True, float("inf"), float("nan")],
)
def test_wrong_strides_are_refused(wanted):
    with pytest.raises(ArgumentError, match="output_stride"):
        kerasseg.convert_to_fcn(zoo.LeNet5(), output_stride=wanted)


@pytest.mark.parametrize("name", ["image_size", "native_size"])
@pytest.mark.parametrize(
    "size", [64, "64x64", (None, 64), ("64", 64), (64, 0), (64, 6.5), (True, 64)]
)
def test_wrong_sizes_are_refused(name, size):
    with pytest.raises(ArgumentError, match=rf"{name} must be \(height, width\)"):
        kerasseg.convert_to_fcn(zoo.LeNet5(), **{name: size})


def test_an_open_size_is_none():
    fcn = kerasseg.convert_to_fcn(zoo.LeNet5(), (None, None), native_size=(None, None))
    assert fcn.input_shape == (None, None, None, 1)


def test_activation_maps_need_a_pooled_head():
    image = keras.Input((8, 8, 2))
    gate = layers.GlobalAveragePooling2D(keepdims=True)(image)
    x = layers.Flatten()(layers.Multiply()([image, gate]))  # a pooling, but no head's
    for model in (zoo.LeNet5(), keras.Model(image, layers.Dense(2)(x))):
        with pytest.raises(ArgumentError, match=r"no global pooling.*'cam'"):
            kerasseg.convert_to_fcn(model, global_pooling="cam")
