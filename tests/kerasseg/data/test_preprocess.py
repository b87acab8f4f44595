import keras
import numpy as np
import pytest
from keras import applications, layers

from kerasseg.data.preprocess import default_mode, preprocess, scales_inputs
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


@pytest.mark.parametrize(
    ("mean", "deviation", "scales"),
    [
        ([0.485, 0.456, 0.406], 0.22, False),  # ImageNet's, of 0…1
        ([0.0, 0.0, 0.0], 1.0, False),  # of -1…1, or never adapted
        ([0.5, 0.5, 0.5], 0.5, False),  # all pixels 0 or 1
        ([123.7, 116.8, 103.9], 57.0, True),
        ([1.5, 0.2, 0.1], 12.0, True),  # dark photos of 0…255
    ],
)
def test_a_normalization_tells_its_range_by_its_mean(mean, deviation, scales):
    normal = layers.Normalization(mean=mean, variance=[deviation**2] * 3)
    stack = [keras.Input((4, 4, 3)), normal, layers.Flatten(), layers.Dense(1)]
    assert scales_inputs(keras.Sequential(stack)) is scales


@pytest.mark.parametrize("largest", [1, 255])
def test_an_adapted_normalization_survives_its_file(largest, tmp_path):
    pixels = np.random.default_rng(0).uniform(0, largest, (8, 4, 4, 3))
    normal = layers.Normalization()
    normal.adapt(pixels.astype("float32"))
    stack = [keras.Input((4, 4, 3)), normal, layers.Flatten(), layers.Dense(1)]
    keras.Sequential(stack).save(tmp_path / "net.keras")
    loaded = keras.saving.load_model(tmp_path / "net.keras")
    assert default_mode(loaded) == ("unit" if largest == 1 else "none")


def test_a_normalization_behind_a_rescaling_takes_pixels_as_they_are():
    normal = layers.Normalization(mean=[0.5], variance=[0.1])
    stack = [layers.Rescaling(1 / 255), normal, layers.Flatten(), layers.Dense(1)]
    assert scales_inputs(keras.Sequential([keras.Input((4, 4, 1)), *stack]))
