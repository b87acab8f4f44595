"""At the cells that the strides would have kept, nothing may change."""

import keras
import numpy as np
import pytest
from checks.segmentation import awaken, numpy
from keras import layers

from kerasseg.errors import ArgumentError
from kerasseg.layers import DilatedMaxPooling2D
from zoo.dilation import rebuild

SLIDING = {
    "convolution": lambda: [layers.Conv2D(4, 3, strides=2, padding="same")],
    "depthwise": lambda: [layers.DepthwiseConv2D(3, strides=2, padding="same")],
    "separable": lambda: [layers.SeparableConv2D(4, 3, strides=2, padding="same")],
    "maximum": lambda: [layers.MaxPooling2D(3, strides=2, padding="same")],
    "average": lambda: [layers.AveragePooling2D(3, strides=2, padding="same")],
    "padded before": lambda: [
        layers.ZeroPadding2D(1),
        layers.Conv2D(4, 3, strides=2),
    ],
    "1×1": lambda: [layers.Conv2D(4, 1, strides=2)],
}


def behind(first):
    """A chain of stride 8 with the layers in question in the middle and at the end."""
    return [
        layers.Conv2D(4, 3, strides=2, padding="same", activation="relu"),
        *first(),
        layers.BatchNormalization(),
        layers.Conv2D(4, 3, padding="same", activation="relu"),
        *first(),
        layers.Conv2D(5, 5, padding="same"),
    ]


def model_of(chain, size=33):
    return awaken(keras.Sequential([keras.Input((size, size, 3)), *chain]))


@pytest.mark.parametrize("output_stride", [1, 2, 4, 8, None])
@pytest.mark.parametrize("kind", SLIDING)
def test_kept_cells_stay_as_they_are(kind, output_stride):
    model = model_of(behind(SLIDING[kind]))
    dilated = rebuild(model, model.outputs, 3, output_stride, copy_weights=True)
    # 33 pixels are 1 more than a multiple of 8, so "same" pads alike on both sides.
    image = np.random.default_rng(5).normal(size=(2, 33, 33, 3)).astype("float32")
    dense, wanted = numpy(dilated(image)), numpy(model(image))
    removed = 8 // (output_stride or 8)
    assert dense.shape[1:3] == (4 * removed + 1,) * 2
    np.testing.assert_allclose(dense[:, ::removed, ::removed], wanted, atol=1e-5)


def test_branches_and_shared_layers():
    shared = layers.Conv2D(3, 3, padding="same")
    inputs = keras.Input((33, 33, 3))
    x = layers.Conv2D(3, 3, strides=2, padding="same")(inputs)
    x = keras.ops.relu(layers.Add()([x, shared(x)]))
    x = layers.MaxPooling2D(1, strides=2)(shared(x))
    model = awaken(keras.Model(inputs, x))
    dilated = rebuild(model, model.outputs, 3, 2, copy_weights=True)
    assert dilated.count_params() == model.count_params()
    image = np.random.default_rng(5).normal(size=(2, 33, 33, 3)).astype("float32")
    dense, wanted = numpy(dilated(image)), numpy(model(image))
    np.testing.assert_allclose(dense[:, ::2, ::2], wanted, atol=1e-5)


def test_even_poolings_keep_the_size_of_the_map():
    model = model_of([layers.MaxPooling2D(), layers.MaxPooling2D()], size=32)
    dilated = rebuild(model, model.outputs, 3, 2, copy_weights=False)
    assert isinstance(dilated.layers[-1], DilatedMaxPooling2D)
    assert dilated.compute_output_shape((1, 32, 48, 3)) == [(1, 16, 24, 3)]


def test_nested_models_are_not_dilated_in_silence():
    model = model_of([model_of(behind(SLIDING["1×1"]))])
    rebuild(model, model.outputs, 3, copy_weights=True)
    with pytest.raises(ArgumentError, match="Received: output_stride=4"):
        rebuild(model, model.outputs, 3, 4, copy_weights=True)
