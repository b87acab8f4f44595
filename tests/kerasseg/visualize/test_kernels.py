import keras
import numpy as np
import pytest
from checks.pictures import render
from keras import layers

from kerasseg.errors import ArgumentError
from kerasseg.visualize import filters


def net_of(layer, channels):
    return keras.Sequential([keras.Input((8, 8, channels)), layer])


def shown(figure):
    pictures = [np.asarray(axes.images[0].get_array()) for axes in figure.axes]
    return [np.atleast_3d(picture) for picture in pictures]


def kernel_for(layer, index=0):
    """Random weights, put into the layer; zero and one that stands out among them."""
    shape = layer.get_weights()[index].shape
    kernel = np.random.default_rng(0).normal(size=shape).astype("float32")
    weights = layer.get_weights()
    weights[index] = kernel
    layer.set_weights(weights)
    return kernel


def stretched(kernel):
    """By hand: zero is 0.5, the largest magnitude 0 or 1."""
    return 0.5 + kernel / np.abs(kernel).max() / 2


def test_filters_on_three_channels_are_in_colour():
    layer = layers.Conv2D(4, (3, 5), name="conv")
    net = net_of(layer, 3)
    kernel = kernel_for(layer)
    figure = filters(net, "conv")
    for index, picture in enumerate(shown(figure)):
        np.testing.assert_allclose(picture, stretched(kernel[..., index]), rtol=1e-5)
    assert [axes.get_title() for axes in figure.axes] == ["0", "1", "2", "3"]
    assert figure.get_suptitle() == "conv: all 4 filters of 3×5 on 3 channels"
    render(figure)


def test_one_scale_for_all_leaves_weak_filters_pale():
    layer = layers.Conv2D(2, 3, name="conv")
    net = net_of(layer, 1)
    kernel = kernel_for(layer)
    kernel[..., 1] *= 10
    layer.set_weights([kernel, np.zeros(2)])
    weak, strong = shown(filters(net, layer, shared_scale=True))
    np.testing.assert_allclose(strong, stretched(kernel)[..., 1], rtol=1e-5)
    assert np.abs(weak - 0.5).max() < 0.1
    assert filters(net, layer).axes[0].images[0].get_clim() == (0, 1)


def test_many_input_channels_stand_in_a_row_for_each_filter():
    layer = layers.Conv2D(6, 2, name="conv")
    net = net_of(layer, 5)
    kernel = kernel_for(layer)
    figure = filters(net, "conv", count=3, max_inputs=4)
    (sheet,) = shown(figure)
    sheet = sheet[..., 0]
    assert sheet.shape == (3 * 3, 4 * 3)
    for row in range(3):
        for column in range(4):
            tile = sheet[row * 3 : row * 3 + 2, column * 3 : column * 3 + 2]
            expected = stretched(kernel[..., row])[:, :, column]
            np.testing.assert_allclose(tile, expected, rtol=1e-5)
    assert np.isnan(sheet[2::3]).all()
    assert np.isnan(sheet[:, 2::3]).all()
    assert figure.get_suptitle() == "conv: 3 of 6 filters of 2×2 on 5 channels"
    render(figure)


@pytest.mark.parametrize(
    ("layer", "channels", "count"),
    [
        (layers.DepthwiseConv2D(3, depth_multiplier=2, name="c"), 2, 4),
        (layers.SeparableConv2D(7, 3, name="c"), 3, 3),
        (layers.Conv2DTranspose(3, 2, name="c"), 1, 3),
        (layers.Conv2D(4, 3, groups=2, name="c"), 2, 4),
    ],
)
def test_each_kind_of_convolution_by_the_output_it_makes(layer, channels, count):
    net = net_of(layer, channels)
    kernel = kernel_for(layer)
    pictures = shown(filters(net, "c"))
    assert len(pictures) == count
    for unit, picture in enumerate(pictures):
        if isinstance(layer, layers.Conv2DTranspose):
            expected = kernel[:, :, unit]
        elif isinstance(layer, layers.DepthwiseConv2D):
            expected = kernel[:, :, unit // 2, unit % 2, None]
        elif isinstance(layer, layers.SeparableConv2D):
            expected = kernel[:, :, unit]
        else:
            expected = kernel[..., unit]
        np.testing.assert_allclose(picture, stretched(expected), rtol=1e-5)


def test_layers_in_nested_models_and_filters_of_zeros():
    layer = layers.Conv2D(1, 3, kernel_initializer="zeros", name="conv")
    inner = keras.Sequential([keras.Input((8, 8, 1)), layer], name="inner")
    net = keras.Sequential([keras.Input((8, 8, 1)), inner])
    figure = filters(net, "inner/conv")
    assert (shown(figure)[0] == 0.5).all()
    assert figure.get_suptitle() == "inner/conv: all 1 filters of 3×3 on 1 channel"


@pytest.mark.parametrize(
    ("layer", "options", "message"),
    [
        ("pool", {}, r"'pool' \(MaxPooling2D\) has no kernel to show"),
        ("dense", {}, r"'dense' \(Dense\) has no kernel to show"),
        ("nothing", {}, "no layer 'nothing'.*conv, pool, dense"),
        ("conv", {"count": 0}, "count=0"),
        ("conv", {"max_inputs": -1}, "max_inputs=-1"),
        ("conv", {"columns": 0.5}, "columns=0.5"),
    ],
)
def test_refusals(layer, options, message):
    net = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(2, 3, name="conv"),
            layers.MaxPooling2D(name="pool"),
            layers.Dense(2, name="dense"),
        ]
    )
    with pytest.raises(ArgumentError, match=message):
        filters(net, layer, **options)
