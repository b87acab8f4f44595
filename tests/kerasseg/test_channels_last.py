"""Models on channels-first images, against themselves on a backend that runs them.

TensorFlow's convolution refuses them on most CPUs, so there the oracle is PyTorch's.
"""

import keras
import numpy as np
import pytest
from checks.exactness import check_native, randomise
from keras import layers

import kerasseg
from kerasseg.channels_last import is_channels_first, with_channels_last
from kerasseg.errors import ConversionError, KerasSegWarning

FIRST = {"data_format": "channels_first"}
SHAPE = (3, 14, 12)


def images(model, count=2):
    random = np.random.default_rng(1)
    return random.uniform(size=(count, *model.input_shape[1:])).astype("float32")


def convolution(kernel, x):
    """A valid convolution of (B, C, H, W) with (h, w, in, out) by NumPy."""
    windows = np.lib.stride_tricks.sliding_window_view(x, kernel.shape[:2], (2, 3))
    return np.einsum("bchwij,ijcf->bfhw", windows, kernel)


def lenet(flatten=None):
    return randomise(
        keras.Sequential(
            [
                keras.Input(SHAPE),
                layers.Conv2D(4, 3, use_bias=False, **FIRST),
                layers.PReLU(shared_axes=[2, 3]),
                layers.BatchNormalization(axis=1),
                layers.MaxPooling2D(2, **FIRST),
                layers.Flatten(data_format=flatten),
                layers.Dense(3, use_bias=False),
            ]
        )
    )


def lenet_by_numpy(model, x, flatten):
    kernel, slopes, gamma, beta, mean, variance, dense = model.get_weights()
    x = convolution(kernel, x)
    x = np.where(x > 0, x, x * slopes)
    scale = gamma / np.sqrt(variance + model.layers[2].epsilon)
    x = x * scale[:, None, None] + (beta - mean * scale)[:, None, None]
    x = x.reshape(len(x), 4, 6, 2, 5, 2).max((3, 5))
    x = x if flatten is None else x.transpose(0, 2, 3, 1)
    return x.reshape(len(x), -1) @ dense


@pytest.mark.parametrize("flatten", [None, "channels_first"])
def test_equals_numpy_on_channels_first(flatten):
    model = lenet(flatten)
    with pytest.warns(
        KerasSegWarning, match=r"takes them as \(height, width, channels\)"
    ):
        new = with_channels_last(model)
    assert new.input_shape == (None, 14, 12, 3)
    x = images(model)
    scores = new.predict_on_batch(x.transpose(0, 2, 3, 1))
    np.testing.assert_allclose(scores, lenet_by_numpy(model, x, flatten), rtol=1e-4)


@pytest.mark.filterwarnings("ignore:Model")
def test_the_new_model_converts_and_saves(tmp_path):
    new = with_channels_last(lenet())
    check_native(new, kerasseg.convert_to_fcn(new))
    lenet().save(tmp_path / "first.keras")
    loaded = kerasseg.load_model(tmp_path / "first.keras")
    assert loaded.input_shape == (None, 14, 12, 3)
    fcn = kerasseg.convert_to_fcn(lenet())  # in memory, too
    assert fcn.input_shape == (None, None, None, 3)


def branched():
    image = keras.Input(SHAPE)
    x = layers.ZeroPadding2D(((1, 0), (0, 2)), **FIRST)(image)
    x = layers.SeparableConv2D(4, 3, activation="relu", **FIRST)(x)
    gate = layers.GlobalAveragePooling2D(**FIRST)(x)
    gate = layers.Reshape((4, 1, 1))(gate)
    gate = layers.Conv2D(4, 1, activation="sigmoid", **FIRST)(gate)
    y = layers.Multiply()([x, gate])
    y = layers.Concatenate(axis=1)([x, layers.LeakyReLU()(y) * 2.0])
    y = layers.Softmax(axis=1)(layers.Dropout(0.5)(y))
    y = layers.AveragePooling2D(3, 2, padding="same", **FIRST)(y)
    one = layers.Dense(2, name="one")(layers.GlobalMaxPooling2D(**FIRST)(y))
    two = layers.Permute((2, 3, 1))(y)
    two = layers.Dense(2, name="two")(layers.Flatten()(two))
    return keras.Model(image, [one, two])


def mixed():
    """Layers of both layouts, and one along the width."""
    image = keras.Input(SHAPE)
    x = layers.Conv2D(4, 3, **FIRST)(image)
    x = layers.Activation("softmax")(x)
    x = layers.DepthwiseConv2D(3)(x)
    x = layers.UpSampling2D(2, **FIRST)(x)
    return keras.Model(image, layers.Dense(2)(layers.Flatten()(x)))


def nested():
    inner_image = keras.Input(SHAPE)
    inner_map = layers.Conv2D(4, 3, name="conv", **FIRST)(inner_image)
    inner = keras.Model(inner_image, layers.ReLU()(inner_map), name="inner")
    left, right = keras.Input(SHAPE), keras.Input(SHAPE)
    x = layers.Concatenate(axis=1)([inner(left), inner(right)])
    return keras.Model([left, right], layers.Dense(2)(layers.Flatten()(x)))


def output_is_a_map():
    image = keras.Input(SHAPE)
    return keras.Model(image, layers.Conv2DTranspose(2, 3, strides=2, **FIRST)(image))


def runs_channels_first():
    try:
        layers.Conv2D(1, 1, **FIRST)(np.ones((1, 2, 3, 3), "float32"))
    except Exception:
        return False
    return True


@pytest.mark.filterwarnings("ignore:Model")
@pytest.mark.parametrize("build", [branched, mixed, nested, output_is_a_map])
def test_equals_itself(build):
    if not runs_channels_first():
        pytest.skip("this backend has no channels_first convolution here")
    model = randomise(build())
    new = with_channels_last(model)
    random = np.random.default_rng(1)
    x = [random.uniform(size=(2, *SHAPE)).astype("float32") for _ in model.inputs]
    last = [image.transpose(0, 2, 3, 1) for image in x]
    before = keras.tree.flatten(model.predict_on_batch(x if len(x) > 1 else x[0]))
    after = keras.tree.flatten(new.predict_on_batch(last if len(x) > 1 else last[0]))
    for old, made in zip(before, after, strict=True):
        made = made.transpose(0, 3, 1, 2) if made.ndim == 4 else made
        np.testing.assert_allclose(made, old, rtol=1e-4, atol=1e-6)


@pytest.mark.filterwarnings("ignore:Model")
def test_shared_layers_stay_one():
    new = with_channels_last(nested())
    assert [layer.name for layer in new.layers].count("conv") == 1
    assert new.count_params() == nested().count_params()


def test_models_with_channels_last_are_given_back():
    model = keras.Sequential([keras.Input((8, 8, 3)), layers.Conv2D(2, 3)])
    assert not is_channels_first(model)
    assert with_channels_last(model) is model


def test_an_activation_along_the_width_is_refused(tmp_path):
    model = keras.Sequential(
        [keras.Input(SHAPE), layers.Conv2D(2, 3, activation="softmax", **FIRST)]
    )
    model.layers[0].name = "strange"
    with pytest.raises(ConversionError, match=r"'strange' \(Conv2D\).*width"):
        with_channels_last(model)
    model.save(tmp_path / "strange.keras")
    with pytest.warns(KerasSegWarning, match="channels stay first"):
        kerasseg.load_model(tmp_path / "strange.keras")
