import keras
import numpy as np
import pytest
from checks.exports import check_exports
from checks.gradients import gradient_of
from checks.layers import check_layer
from keras import ops

from kerasseg.errors import ArgumentError
from kerasseg.layers import BedOfNailsUpSampling2D


def normal(*shape):
    return np.random.default_rng(0).normal(size=shape).astype("float32")


@pytest.mark.parametrize("shape", [(2, 3, 4, 3), (2, 1, 1, 1)])
def test_is_a_good_layer(fresh_process, shape):
    arguments = {"size": (2, 3)}
    check_layer(BedOfNailsUpSampling2D, arguments, shape, fresh_process=fresh_process)


@pytest.mark.parametrize("size", [1, 2, (3, 1), (2, 4)])
def test_puts_zeros_between_the_values(size):
    x, layer = normal(2, 3, 5, 2), BedOfNailsUpSampling2D(size)
    rows, columns = layer.size
    expected = np.zeros((2, 3 * rows, 5 * columns, 2), "float32")
    expected[:, ::rows, ::columns] = x
    np.testing.assert_array_equal(ops.convert_to_numpy(layer(x)), expected)
    upstream = normal(*expected.shape)
    gradient = gradient_of(layer, x, upstream)
    np.testing.assert_array_equal(gradient, upstream[:, ::rows, ::columns])


def test_nearest_unpooling_is_the_layer_that_keras_has():
    x = normal(1, 2, 3, 2)
    y = keras.layers.UpSampling2D((2, 3), interpolation="nearest")(x)
    expected = x.repeat(2, axis=1).repeat(3, axis=2)
    np.testing.assert_array_equal(ops.convert_to_numpy(y), expected)


def test_exports():
    layer = BedOfNailsUpSampling2D((2, 3))
    check_exports(layer, [normal(1, 3, 5, 2)], [normal(2, 1, 4, 2)])


def test_wrong_sizes_are_refused():
    with pytest.raises(ArgumentError, match="size must"):
        BedOfNailsUpSampling2D(0)
