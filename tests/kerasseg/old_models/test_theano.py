"""Theano's "same", written out: as much on both sides, and the end cut off."""

from pathlib import Path

import h5py
import keras
import numpy as np
import pytest
from keras import layers

import kerasseg
from kerasseg.errors import FileError
from kerasseg.old_models.theano import check_padding

RANDOM = np.random.default_rng(0)
SIZES = [(4, 4), (5, 5), (6, 7), (7, 9)]
WINDOWS = [(1, 2), (2, 1), (2, 2), (3, 1), (3, 2), (3, 3), (4, 2), (5, 2), (5, 3)]


def slid(x, pad, size, stride, fill, summary):
    """What a window over a map with `pad` on all sides gives, cut to Keras's size."""
    padded = np.pad(x, pad, constant_values=fill)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (size, size))
    cells = [-(-n // stride) for n in x.shape]
    made = np.apply_over_axes(summary, windows[::stride, ::stride], (2, 3))
    return made[: cells[0], : cells[1], 0, 0]


def theano_maximum(x, size, stride):
    pad = size - 2 if size > 2 and size % 2 else size - 1
    return slid(x, pad, size, stride, -np.inf, np.max)


def theano_mean(x, size, stride):
    pad = size - 2 if size > 2 and size % 2 else size - 1
    return slid(x, pad, size, stride, np.nan, np.nanmean)


def theano_sum(x, size, stride):
    return slid(x, size // 2, size, stride, 0, np.sum)


def one_layer(kind, size, stride, length):
    if kind is not layers.Conv2D:
        layer = kind(size, strides=stride, padding="same")
    else:
        ones = {"kernel_initializer": "ones", "use_bias": False}
        layer = kind(1, size, strides=stride, padding="same", **ones)
    return keras.Sequential([keras.Input((*length, 1)), layer])


@pytest.mark.parametrize("length", SIZES)
@pytest.mark.parametrize(("size", "stride"), WINDOWS)
@pytest.mark.parametrize(
    ("kind", "oracle"),
    [
        (layers.MaxPooling2D, theano_maximum),
        (layers.AveragePooling2D, theano_mean),
        (layers.Conv2D, theano_sum),
    ],
)
def test_refuses_just_what_differs(kind, oracle, size, stride, length):
    model = one_layer(kind, size, stride, length)
    x = RANDOM.normal(size=length)
    made = keras.ops.convert_to_numpy(model(x[None, ..., None]))[0, ..., 0]
    if np.allclose(made, oracle(x, size, stride), atol=1e-5):
        check_padding(Path("old.h5"), model)
    else:
        with pytest.raises(FileError, match=r"old\.h5: layer '.*' .* under Theano"):
            check_padding(Path("old.h5"), model)


def test_an_open_size_is_refused_where_it_matters():
    def model(stride):
        layer = layers.Conv2D(2, 3, strides=stride, padding="same", name="conv")
        return keras.Sequential([keras.Input((None, None, 1)), layer])

    check_padding(Path("old.h5"), model(1))
    with pytest.raises(FileError, match="layer 'conv'"):
        check_padding(Path("old.h5"), model(2))


def test_layers_inside_of_wrappers_are_seen():
    inner = layers.MaxPooling2D(2, padding="same", name="inside")
    model = keras.Sequential([keras.Input((3, 4, 4, 1)), layers.TimeDistributed(inner)])
    with pytest.raises(FileError, match="layer 'inside'"):
        check_padding(Path("old.h5"), model)


@pytest.mark.parametrize(
    ("stride", "is_equal"), [(1, True), (2, False)], ids=["equal", "moved"]
)
def test_transposed_convolutions(stride, is_equal):
    # Theano turned round a convolution that put one place before its map; of stride 2
    # on an even size, TensorFlow's puts none there.
    layer = layers.Conv2DTranspose(2, 3, strides=stride, padding="same", name="up")
    model = keras.Sequential([keras.Input((4, 4, 1)), layer])
    if is_equal:
        check_padding(Path("old.h5"), model)
    else:
        with pytest.raises(FileError, match=r"'up'.*train"):
            check_padding(Path("old.h5"), model)


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize(("size", "is_equal"), [(1, True), (2, False), (3, True)])
def test_the_state_of_a_recurrent_convolution_always_pads(padding, size, is_equal):
    layer = layers.ConvLSTM2D(2, size, padding=padding, name="film")
    model = keras.Sequential([keras.Input((3, 6, 6, 1)), layer])
    if is_equal:
        check_padding(Path("old.h5"), model)
        return
    with pytest.raises(FileError, match=r"'film' \(ConvLSTM2D\).*train") as caught:
        check_padding(Path("old.h5"), model)
    assert "ZeroPadding2D" not in str(caught.value)


def test_strides_of_a_recurrent_convolution_have_no_remedy():
    layer = layers.ConvLSTM2D(2, 3, strides=2, padding="same", name="film")
    model = keras.Sequential([keras.Input((3, 6, 6, 1)), layer])
    with pytest.raises(FileError, match=r"'film' \(ConvLSTM2D\).*train"):
        check_padding(Path("old.h5"), model)


def test_layers_of_the_user_are_left_to_them():
    class Own(layers.Layer):
        kernel_size = 3
        padding = "same"

        def call(self, x):
            return x

    model = keras.Sequential([keras.Input((4, 4, 1)), Own()])
    check_padding(Path("old.h5"), model)


def test_the_remedy_pads_rows_and_columns_of_channels_first():
    layer = layers.MaxPooling2D(2, padding="same", data_format="channels_first")
    image = keras.Input((1, 6, 7))
    with pytest.raises(FileError, match=r"ZeroPadding2D\(.*\)") as caught:
        check_padding(Path("old.h5"), keras.Model(image, layer(image)))
    advised = str(caught.value).split("with ZeroPadding2D(")[1].split(") in front")[0]
    assert advised == "((1, 0), (1, 0)), data_format='channels_first'"


def save_as_of_theano(model, path):
    model.save(path)
    with h5py.File(path, "a") as file:
        for group in (file, file["model_weights"]):
            group.attrs.update({"backend": "theano", "keras_version": "2.1.6"})
    return path


def test_the_remedy_that_the_message_names_gives_what_theano_gave(tmp_path):
    def model(*trunk):
        body = [keras.Input((6, 7, 1)), *trunk, layers.Flatten(), layers.Dense(2)]
        return keras.Sequential(body)

    old = model(layers.MaxPooling2D(2, padding="same"))
    path = save_as_of_theano(old, tmp_path / "old.h5")
    with pytest.raises(FileError, match=r"ZeroPadding2D\(\(\(1, 0\), \(1, 0\)\)\)"):
        kerasseg.load_model(path)
    pad, pool = layers.ZeroPadding2D(((1, 0), (1, 0))), layers.MaxPooling2D(2)
    new = model(pad, pool)
    new.layers[-1].name = old.layers[-1].name
    with pytest.warns(UserWarning, match="channels"):
        new = kerasseg.load_model(path, architecture=new)
    x = RANDOM.uniform(size=(6, 7)).astype("float32")
    kernel, bias = old.get_weights()
    expected = theano_maximum(x, 2, 2).reshape(-1) @ kernel + bias
    made = new.predict_on_batch(x[None, ..., None])[0]
    np.testing.assert_allclose(made, expected, rtol=1e-5)
