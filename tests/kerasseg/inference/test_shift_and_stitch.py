import keras
import numpy as np
import pytest
from checks.exactness import images_for, randomise, relative_difference
from keras import layers

import kerasseg
import zoo
from kerasseg.errors import ArgumentError
from kerasseg.inference import predict_shift_and_stitch, predict_sliding


@pytest.mark.parametrize("batch_size", [1, 5, 100])
@pytest.mark.parametrize("size", [(32, 32), (35, 41), (38, 33)])
def test_equals_the_sliding_window_and_the_dense_net(batch_size, size):
    model = randomise(zoo.LeNet5())
    image = images_for(model, 1, size)[0]
    fcn = kerasseg.convert_to_fcn(model)
    actual = predict_shift_and_stitch(fcn, image, batch_size)
    expected = predict_sliding(model, image, stride=1)
    assert actual.shape == expected.shape
    assert relative_difference(actual, expected) <= 1e-5
    dense = kerasseg.convert_to_fcn(model, output_stride=1).predict_on_batch(
        image[None]
    )
    assert relative_difference(actual, dense[0]) <= 1e-5


def test_unequal_strides_and_padded_nets():
    net = keras.Sequential(
        [
            keras.Input((None, None, 2)),
            layers.Conv2D(3, 3, padding="same"),
            layers.MaxPooling2D((1, 2)),
        ]
    )
    image = images_for(net, 1, (6, 8))[0]
    dense = predict_shift_and_stitch(randomise(net), image)
    assert dense.shape == (6, 8, 3)
    moved = np.zeros_like(image)
    moved[:, :-1] = image[:, 1:]
    for start, picture in ((0, image), (1, moved)):
        expected = net.predict_on_batch(picture[None])[0]
        np.testing.assert_allclose(dense[:, start::2], expected, rtol=1e-5)


def test_wrong_arguments_are_refused():
    fcn = kerasseg.convert_to_fcn(zoo.LeNet5())
    with pytest.raises(ArgumentError, match="too small"):
        predict_shift_and_stitch(fcn, np.zeros((31, 40, 1)))
    with pytest.raises(ArgumentError, match="batch_size=0"):
        predict_shift_and_stitch(fcn, np.zeros((40, 40, 1)), batch_size=0)
    finer = keras.Sequential([keras.Input((None, None, 1)), layers.UpSampling2D(2)])
    with pytest.raises(ArgumentError, match="stride"):
        predict_shift_and_stitch(finer, np.zeros((4, 4, 1)))


def test_one_pixel_more_gives_one_row_more():
    model = randomise(zoo.LeNet5())
    fcn = kerasseg.convert_to_fcn(model)
    image = images_for(model, 1, (40, 37))[0]
    large = predict_shift_and_stitch(fcn, image)
    small = predict_shift_and_stitch(fcn, image[:-1])
    assert (large.shape[:2], small.shape[:2]) == ((9, 6), (8, 6))
    assert relative_difference(large[:-1], small) <= 1e-5


def test_several_outputs_are_refused():
    image = keras.Input((None, None, 1))
    net = keras.Model(image, [layers.Conv2D(1, 3)(image), layers.Conv2D(2, 3)(image)])
    with pytest.raises(ArgumentError, match="2 outputs"):
        predict_shift_and_stitch(net, np.zeros((9, 9, 1)))
