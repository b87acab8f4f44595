"""Kernels of Theano, which convolves: the kernel runs backwards along every place."""

from pathlib import Path

import numpy as np
import pytest
from keras import layers
from keras.ops import convert_to_numpy
from scipy.signal import convolve, correlate

from kerasseg.old_models.kernels import kernel_of_today
from kerasseg.old_models.reading import OldModel

RANDOM = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("kind", "size"),
    [(layers.Conv1D, (6,)), (layers.Conv2D, (6, 5)), (layers.Conv3D, (6, 5, 4))],
)
def test_convolves_as_theano_did(kind, size):
    layer = kind(1, 3, use_bias=False)
    layer.build((None, *size, 1))
    stored = RANDOM.normal(size=layer.kernel.shape)
    old = OldModel(Path("old.h5"), None, "2.0.8", "theano", [])
    layer.kernel.assign(kernel_of_today(layer, layer.kernel, stored, old))
    x = RANDOM.normal(size=size)
    made = convert_to_numpy(layer(x[None, ..., None].astype("float32")))[0, ..., 0]
    expected = convolve(x, stored[..., 0, 0], "valid")
    np.testing.assert_allclose(made, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("kind", [layers.DepthwiseConv2D, layers.SeparableConv2D])
def test_depthwise_kernels_were_turned_by_keras_itself(kind):
    if kind is layers.DepthwiseConv2D:
        layer = kind(3, use_bias=False)
    else:
        layer = kind(1, 3, use_bias=False, pointwise_initializer="ones")
    layer.build((None, 6, 5, 1))
    kernel = layer.weights[0]
    stored = RANDOM.normal(size=kernel.shape)
    old = OldModel(Path("old.h5"), None, "2.1.6", "theano", [])
    kernel.assign(kernel_of_today(layer, kernel, stored, old))
    x = RANDOM.normal(size=(6, 5))
    made = convert_to_numpy(layer(x[None, ..., None].astype("float32")))[0, ..., 0]
    expected = correlate(x, stored[..., 0, 0], "valid")
    np.testing.assert_allclose(made, expected, rtol=1e-4, atol=1e-5)


def test_kernels_of_the_state_of_a_recurrent_convolution_are_turned():
    layer = layers.ConvLSTM2D(1, 3)
    layer.build((None, 2, 6, 5, 1))
    kernel = next(w for w in layer.weights if w.path.endswith("recurrent_kernel"))
    stored = RANDOM.normal(size=kernel.shape)
    old = OldModel(Path("old.h5"), None, "2.1.6", "theano", [])
    made = kernel_of_today(layer, kernel, stored, old)
    np.testing.assert_array_equal(made, np.flip(stored, (0, 1)))
