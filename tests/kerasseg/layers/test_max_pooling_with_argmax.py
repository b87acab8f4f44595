import numpy as np
import pytest
from checks.exports import check_exports
from checks.gradients import gradient_of
from checks.layers import check_layer
from keras import ops

from kerasseg.layers import MaxPoolingWithArgmax2D, MaxPoolingWithIndices2D


def relu_map(*shape):
    """With zeros to be equal to one another, as behind a ReLU."""
    x = np.random.default_rng(0).normal(size=shape)
    return np.maximum(x, 0).astype("float32")


def test_is_a_good_layer(fresh_process):
    arguments = {"pool_size": (2, 3), "padding": "same"}
    check_layer(
        MaxPoolingWithArgmax2D, arguments, (2, 5, 4, 3), fresh_process=fresh_process
    )


@pytest.mark.parametrize("with_batch", [False, True])
@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize(
    ("pool_size", "strides"), [(2, None), ((3, 2), (2, 1)), (2, 3)]
)
def test_equals_tensorflow(tensorflow, pool_size, strides, padding, with_batch):
    x = relu_map(2, 7, 10, 3)
    layer = MaxPoolingWithArgmax2D(pool_size, strides, padding, with_batch)
    pooled, places = layer(x)
    expected = tensorflow.nn.max_pool_with_argmax(
        x, pool_size, strides or pool_size, padding.upper(), "NHWC", "int64", with_batch
    )
    np.testing.assert_array_equal(pooled, expected[0])
    np.testing.assert_array_equal(places, expected[1])


@pytest.mark.parametrize("value", [np.uint8(0), np.float32(-np.inf)])
def test_places_lie_inside_the_map(value):
    layer = MaxPoolingWithArgmax2D(3, 2, "same")
    _, places = layer(np.full((1, 3, 3, 1), value))
    assert np.ravel(ops.convert_to_numpy(places)).tolist() == [0, 1, 3, 4]


def test_the_gradient_is_that_of_pooling_with_indices():
    x, upstream = relu_map(2, 4, 6, 3), relu_map(2, 2, 3, 3)
    expected = gradient_of(lambda x: MaxPoolingWithIndices2D()(x)[0], x, upstream)
    actual = gradient_of(lambda x: MaxPoolingWithArgmax2D()(x)[0], x, upstream)
    np.testing.assert_array_equal(actual, expected)
    assert ops.convert_to_numpy(expected).any()


def test_exports():
    layer = MaxPoolingWithArgmax2D()

    def places(x):
        return ops.cast(layer(x)[1], "float32")

    check_exports(places, [relu_map(1, 4, 6, 2)], [relu_map(2, 6, 4, 2)])
