"""Oracles: the formula of the FCN's authors, and Resize2D."""

import keras
import numpy as np
import pytest

from kerasseg.errors import ArgumentError
from kerasseg.initializers import Bilinear
from kerasseg.layers import Resize2D


def published_filter(size):
    """The rule of github.com/shelhamer/fcn.berkeleyvision.org, surgery.py."""
    factor = (size + 1) // 2
    center = factor - 1 if size % 2 == 1 else factor - 0.5
    return np.array(
        [
            [
                (1 - abs(y - center) / factor) * (1 - abs(x - center) / factor)
                for x in range(size)
            ]
            for y in range(size)
        ]
    )


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 16, 32, 64])
def test_is_the_published_filter_on_the_diagonal(size):
    kernel = keras.ops.convert_to_numpy(Bilinear()((size, size, 3, 3)))
    assert kernel.dtype == "float32"
    for out, into in np.ndindex(3, 3):
        wanted = published_filter(size) * (out == into)
        np.testing.assert_allclose(kernel[:, :, out, into], wanted, rtol=1e-6)


@pytest.mark.parametrize("factor", [(2, 2), (3, 3), (8, 8), (2, 3)])
def test_upsamples_as_resize_does_inside_the_map(factor):
    x = np.random.default_rng(0).normal(size=(2, 6, 7, 3)).astype("float32")
    up = keras.layers.Conv2DTranspose(
        3,
        tuple(2 * s - s % 2 for s in factor),
        strides=factor,
        padding="same",
        use_bias=False,
        kernel_initializer=Bilinear(),
    )
    ours = keras.ops.convert_to_numpy(up(x))
    wanted = keras.ops.convert_to_numpy(Resize2D(scale=factor)(x))
    assert ours.shape == wanted.shape
    y, z = factor  # half a pixel of the small map along the border sees zeros
    inside = np.s_[:, y:-y, z:-z]
    np.testing.assert_allclose(ours[inside], wanted[inside], rtol=1e-5, atol=1e-6)


def test_saves_with_its_net(tmp_path, fresh_process):
    layer = keras.layers.Conv2DTranspose(2, 4, 2, kernel_initializer=Bilinear())
    image = keras.Input((3, 3, 2))
    model = keras.Model(image, layer(image))
    model.save(tmp_path / "net.keras")
    x = np.random.default_rng(0).normal(size=(1, 3, 3, 2)).astype("float32")
    (there,) = fresh_process.outputs(tmp_path / "net.keras", [x])
    np.testing.assert_array_equal(there, keras.ops.convert_to_numpy(model(x)))
    config = keras.saving.serialize_keras_object(Bilinear())
    assert config["registered_name"] == "kerasseg>Bilinear"
    assert isinstance(keras.saving.deserialize_keras_object(config), Bilinear)


def test_takes_the_dtype_that_is_asked_for():
    kernel = Bilinear()((4, 4, 1, 1), dtype="float16")
    assert keras.backend.standardize_dtype(kernel.dtype) == "float16"


@pytest.mark.parametrize("shape", [(4, 4, 2, 3), (4, 4, 2)])
def test_other_kernels_are_refused(shape):
    with pytest.raises(ArgumentError, match="as many filters"):
        Bilinear()(shape)
