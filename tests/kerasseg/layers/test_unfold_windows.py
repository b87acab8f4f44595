import keras
import numpy as np
import pytest
from checks.exports import check_exports
from checks.layers import check_layer
from numpy.lib.stride_tricks import sliding_window_view

from kerasseg.errors import ArgumentError
from kerasseg.layers import UnfoldWindows2D


@pytest.mark.parametrize(
    ("padding", "order"), [("valid", (0, 1, 2)), ("same", (2, 0, 1))]
)
def test_is_a_good_layer(fresh_process, padding, order):
    arguments = {"window_size": (2, 3), "padding": padding, "order": order}
    check_layer(UnfoldWindows2D, arguments, (2, 5, 6, 3), fresh_process=fresh_process)


@pytest.mark.parametrize("window", [(1, 1), (2, 2), (3, 1), (2, 4), (5, 6)])
def test_channels_are_the_flattened_window(window):
    x = np.random.default_rng(0).normal(size=(2, 5, 6, 3)).astype("float32")
    views = sliding_window_view(x, window, axis=(1, 2))  # (B, H', W', C, h, w)
    expected = np.moveaxis(views, 3, -1).reshape(*views.shape[:3], -1)
    actual = keras.ops.convert_to_numpy(UnfoldWindows2D(window)(x))
    np.testing.assert_array_equal(actual, expected)


@pytest.mark.parametrize("order", [(2, 0, 1), (1, 0, 2), (2, 1, 0), (1, 2, 0)])
def test_order_is_that_of_a_transposed_window(order):
    x = np.random.default_rng(0).normal(size=(2, 5, 6, 3)).astype("float32")
    views = sliding_window_view(x, (2, 4), axis=(1, 2))
    views = np.moveaxis(views, 3, -1)  # (B, H', W', h, w, C)
    expected = views.transpose(0, 1, 2, *(3 + axis for axis in order))
    actual = keras.ops.convert_to_numpy(UnfoldWindows2D((2, 4), order=order)(x))
    np.testing.assert_array_equal(actual, expected.reshape(*views.shape[:3], -1))


def test_same_padding_centres_the_window_as_keras_convolutions_do():
    x = np.random.default_rng(0).normal(size=(1, 5, 6, 2)).astype("float32")
    conv = keras.layers.Conv2D(3, (2, 3), padding="same")
    expected = keras.ops.convert_to_numpy(conv(x))
    kernel = keras.ops.convert_to_numpy(conv.kernel).reshape(-1, 3)
    unfolded = keras.ops.convert_to_numpy(UnfoldWindows2D((2, 3), "same")(x))
    np.testing.assert_allclose(unfolded @ kernel, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    "arguments",
    [
        {"window_size": (0, 2)},
        {"window_size": (2,)},
        {"padding": "full"},
        {"order": (0, 1, 1)},
        {"dilation_rate": (1, 0)},
    ],
)
def test_wrong_arguments_are_refused(arguments):
    name, value = next(iter(arguments.items()))
    with pytest.raises(ArgumentError, match=name) as caught:
        UnfoldWindows2D(**{"window_size": (2, 2), **arguments})
    assert str(value) in str(caught.value)


def test_exports():
    layer = UnfoldWindows2D((2, 3), "same", order=(2, 0, 1))
    random = np.random.default_rng(0)
    sizes = [(1, 4, 5, 2), (2, 3, 1, 2)]
    check_exports(layer, *([random.normal(size=s).astype("float32")] for s in sizes))


def test_maps_smaller_than_the_window_are_refused():
    layer = UnfoldWindows2D((2, 3), dilation_rate=(1, 2))
    assert layer(np.zeros((1, 2, 5, 1), "float32")).shape == (1, 1, 1, 6)
    for size in [(1, 5), (2, 4)]:
        with pytest.raises(ArgumentError, match="holds no window"):
            layer(np.zeros((1, *size, 1), "float32"))
        with pytest.raises(ArgumentError, match="holds no window"):
            layer(keras.Input((*size, 1)))
