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


@pytest.mark.parametrize("wanted", [0, -1, 1.5, (1, 2, 3)])
def test_wrong_strides_are_refused(wanted):
    with pytest.raises(ArgumentError, match="output_stride"):
        kerasseg.convert_to_fcn(zoo.LeNet5(), output_stride=wanted)
