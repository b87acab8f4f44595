import keras
import numpy as np
import pytest
from checks.exactness import check_conversion, check_native, images_for, randomise
from checks.two_heads import check_every_head, two_heads
from keras import layers

import kerasseg
import zoo
from kerasseg.errors import ArgumentError


@pytest.mark.parametrize(
    "build",
    [
        lambda: zoo.LeNet5(),
        lambda: zoo.LeNet5(top="gap", activation="relu"),
        lambda: zoo.NiN(),
        lambda: zoo.NiN(top="flatten"),
        lambda: zoo.AlexNet(classes=7, groups=2),
        lambda: zoo.VGG16(classes=7, input_shape=(64, 64, 3)),
    ],
)
def test_zoo_classifiers_equal_themselves_at_native_size(build):
    model = build()
    check_native(model, kerasseg.convert_to_fcn(model))


def test_lenet5_by_hand():
    """get_weights, reshape, set_weights: the textbook way gives the same numbers."""
    model = randomise(zoo.LeNet5())
    by_hand = zoo.LeNet5(include_top=False, input_shape=(None, None, 1))
    by_hand.set_weights(model.get_weights()[:4])
    x = by_hand.output
    for name, size, activation in [
        ("fc1", 5, "tanh"),
        ("fc2", 1, "tanh"),
        ("predictions", 1, "softmax"),
    ]:
        kernel, bias = model.get_layer(name).get_weights()
        conv = layers.Conv2D(len(bias), size, activation=activation, name=name)
        x = conv(x)
        conv.set_weights([kernel.reshape(size, size, -1, len(bias)), bias])
    by_hand = keras.Model(by_hand.input, x)
    image = images_for(model, 1, (48, 61))
    np.testing.assert_array_equal(
        kerasseg.convert_to_fcn(model).predict_on_batch(image),
        by_hand.predict_on_batch(image),
    )


def test_several_outputs_keep_their_structure():
    image = keras.Input((12, 12, 1), name="photo")
    flat = layers.Flatten()(layers.Conv2D(3, 3)(image))
    heads = {
        "digit": layers.Dense(4, activation="softmax", name="digit")(flat),
        "ink": layers.Dense(1, name="ink")(layers.Dense(5)(flat)),
    }
    model = keras.Model(image, heads)
    fcn = check_conversion(model, larger_by=(3, 2))
    assert fcn.input.name == "photo"
    outputs = fcn.predict_on_batch(images_for(model, 1, (14, 13)))
    assert {k: v.shape for k, v in outputs.items()} == {
        "digit": (1, 3, 2, 4),
        "ink": (1, 3, 2, 1),
    }


def test_augmentation_in_front_passes_images_on():
    model = keras.Sequential(
        [
            keras.Input((12, 12, 3)),
            *(kind(0.2) for kind in (layers.RandomRotation, layers.RandomZoom)),
            *(layers.RandomFlip(), layers.RandomContrast(0.3), layers.GaussianNoise(1)),
            layers.Rescaling(1 / 127.5, offset=-1),
            layers.Normalization(mean=[0.1, 0.2, 0.3], variance=[1.0, 2.0, 3.0]),
            layers.Conv2D(3, 3),
            layers.Flatten(),
            layers.Dense(2),
        ]
    )
    check_conversion(model)


def test_fixed_image_size_and_names():
    model = zoo.LeNet5()
    fcn = kerasseg.convert_to_fcn(model, (64, 48), name="scanner")
    assert fcn.input_shape == (None, 64, 48, 1)
    assert fcn.output_shape == (None, 9, 5, 10)
    assert fcn.name == "scanner"
    assert kerasseg.convert_to_fcn(model).name == "lenet5_fcn"
    assert kerasseg.convert_to_fcn(model).input_shape == (None, None, None, 1)


@pytest.mark.parametrize(
    ("wanted", "strides"), [(1, (1, 1)), (2, (2, 2)), (4, (2, 4)), (None, (2, 4))]
)
def test_heads_at_different_strides(wanted, strides):
    check_every_head(two_heads(joined=False), wanted, strides)


@pytest.mark.parametrize("wanted", [8, 3])
def test_a_stride_that_no_head_has_is_refused(wanted):
    with pytest.raises(ArgumentError, match="which is 2 and 4 pixels down"):
        kerasseg.convert_to_fcn(two_heads(joined=False), output_stride=wanted)


@pytest.mark.parametrize("wanted", [3, 8])
def test_strides_that_cannot_be_reached_are_refused(wanted):
    with pytest.raises(ArgumentError, match="own stride, which is 4 pixels"):
        kerasseg.convert_to_fcn(zoo.LeNet5(), output_stride=wanted)
