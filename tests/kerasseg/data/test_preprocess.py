import keras
import numpy as np
import pytest
from keras import applications, layers

from kerasseg.data.preprocess import preprocess, scales_inputs
from kerasseg.errors import ArgumentError

IMAGE = np.random.default_rng(0).integers(0, 256, (4, 5, 3), np.uint8)


@pytest.mark.parametrize(
    ("mode", "oracle"),
    [
        ("caffe", applications.vgg16.preprocess_input),
        ("tf", applications.mobilenet.preprocess_input),
        ("torch", applications.densenet.preprocess_input),
        ("unit", lambda x: x / 255),
        ("none", lambda x: x),
    ],
)
def test_modes_are_those_of_keras_applications(mode, oracle):
    expected = oracle(IMAGE.astype("float32"))
    actual = preprocess(IMAGE, mode)
    assert actual.dtype == np.float32
    np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-5)


def test_wrong_modes_are_refused():
    with pytest.raises(ArgumentError, match="mode='imagenet'"):
        preprocess(IMAGE, "imagenet")
    with pytest.raises(ArgumentError, match="3 channels"):
        preprocess(IMAGE[..., :1], "caffe")
    assert preprocess(IMAGE[..., :1], "tf").shape == (4, 5, 1)


def test_models_that_scale_their_input_are_recognised():
    plain = [keras.Input((4, 4, 1)), layers.Flatten(), layers.Dense(1)]
    assert not scales_inputs(keras.Sequential(plain))
    plain.insert(1, layers.Rescaling(1 / 255))
    assert scales_inputs(keras.Sequential(plain))


def test_preprocessing_by_operations_is_recognised():
    image = keras.Input((32, 32, 3))
    x = applications.mobilenet_v2.preprocess_input(image)
    x = layers.Flatten()(layers.Conv2D(2, 3)(x))
    assert scales_inputs(keras.Model(image, layers.Dense(2)(x)))
    x = layers.Flatten()(keras.ops.relu(layers.Conv2D(2, 3)(image)) * 2)
    assert not scales_inputs(keras.Model(image, layers.Dense(2)(x)))
