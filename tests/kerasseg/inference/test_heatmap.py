import keras
import numpy as np
import pytest
from checks.exactness import randomise, relative_difference
from checks.examples import examples
from checks.precisions import needs_float64
from hypothesis import given
from hypothesis import strategies as st
from keras import layers

import kerasseg
import zoo
from kerasseg.errors import ArgumentError
from kerasseg.inference import predict_heatmap

TRUNKS = {
    "pads nothing": lambda: [layers.Conv2D(3, 5), layers.MaxPooling2D(3, 2)],
    "pads at stride 1": lambda: [
        layers.Conv2D(3, 7, padding="same", activation="relu"),
        layers.MaxPooling2D(2),
        layers.Conv2D(2, 3, padding="same"),
    ],
    "pads by the image's size": lambda: [
        layers.Conv2D(3, 3, strides=2, padding="same", activation="relu"),
        layers.AveragePooling2D(3, 2, padding="same"),
        layers.Conv2D(2, 3, padding="same"),
    ],
    "pads by layers": lambda: [
        layers.ZeroPadding2D(((3, 1), (2, 4))),
        layers.Conv2D(2, 7, strides=3),
        layers.Conv2D(2, 3, padding="same"),
    ],
}


@pytest.mark.parametrize("trunk", TRUNKS.values(), ids=TRUNKS)
@examples(8)
@given(height=st.integers(40, 90), width=st.integers(40, 90), seed=st.integers(0, 99))
def test_tiles_give_the_map_of_the_whole_image(trunk, height, width, seed):
    fcn = randomise(keras.Sequential([keras.Input((None, None, 2)), *trunk()]), seed)
    image = np.random.default_rng(seed).normal(size=(height, width, 2))
    whole = predict_heatmap(fcn, image, max_pixels=height * width)
    tiled = predict_heatmap(fcn, image, max_pixels=1600)
    assert tiled.shape == whole.shape
    assert relative_difference(tiled, whole) <= 1e-5


def test_a_net_that_sees_the_whole_image_is_not_cut():
    image = keras.Input((None, None, 1))
    gate = layers.GlobalAveragePooling2D(keepdims=True)(image)
    fcn = keras.Model(image, layers.Multiply()([image, gate]))
    photo = np.random.default_rng(0).uniform(size=(30, 20, 1)).astype("float32")
    scores = predict_heatmap(fcn, photo, max_pixels=100)
    np.testing.assert_allclose(scores, photo * photo.mean(), rtol=1e-5)


def test_images_too_small_for_one_window_are_refused():
    fcn = kerasseg.convert_to_fcn(zoo.LeNet5())
    assert predict_heatmap(fcn, np.zeros((32, 35, 1))).shape == (1, 1, 10)
    for size in [(31, 40), (1, 1)]:
        with pytest.raises(ArgumentError, match=rf"{size[0]}×{size[1]}.*too small"):
            predict_heatmap(fcn, np.zeros((*size, 1)))


def test_one_input_and_one_output():
    image = keras.Input((None, None, 1))
    two = keras.Model(image, [layers.Conv2D(1, 1)(image), layers.Conv2D(1, 1)(image)])
    with pytest.raises(ArgumentError, match="1 inputs and 2 outputs"):
        predict_heatmap(two, np.zeros((4, 4, 1)))


def test_a_net_that_enlarges_its_maps_is_not_cut():
    net = keras.Sequential(
        [
            keras.Input((None, None, 1)),
            layers.Conv2D(3, 3, padding="same"),
            layers.MaxPooling2D(2),
            layers.Conv2D(3, 3, padding="same"),
            layers.UpSampling2D(2),
        ]
    )
    image = np.random.default_rng(0).normal(size=(66, 130, 1))
    whole = predict_heatmap(randomise(net), image)
    np.testing.assert_array_equal(predict_heatmap(net, image, max_pixels=900), whole)


def test_nets_of_fixed_size():
    fcn = kerasseg.convert_to_fcn(zoo.LeNet5(), image_size=(40, 48))
    image = np.random.default_rng(0).uniform(size=(40, 48, 1))
    assert predict_heatmap(fcn, image, max_pixels=100).shape == (3, 5, 10)
    with pytest.raises(ArgumentError, match="40×48 pixels alone"):
        predict_heatmap(fcn, np.zeros((80, 80, 1)))


@needs_float64
def test_the_dtype_is_that_of_the_net_in_tiles_too():
    net = keras.Sequential(
        [keras.Input((None, None, 1)), layers.Conv2D(2, 3, dtype="float64")]
    )
    image = np.random.default_rng(0).uniform(size=(60, 60, 1))
    for pixels in (900, 10_000):
        assert predict_heatmap(net, image, max_pixels=pixels).dtype == np.float64


def test_nets_whose_receptive_field_is_unknown_run_in_one_piece():
    net = keras.Sequential([keras.Input((None, None, 4)), layers.GroupNormalization(2)])
    assert predict_heatmap(net, np.zeros((9, 9, 4))).shape == (9, 9, 4)
