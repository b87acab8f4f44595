import keras
import numpy as np
import pytest
from checks.exports import check_exports
from checks.layers import check_layer
from keras import layers
from scipy import ndimage

from kerasseg.errors import ArgumentError
from kerasseg.layers import DilatedAveragePooling2D, DilatedMaxPooling2D

BOTH = (DilatedMaxPooling2D, DilatedAveragePooling2D)


@pytest.mark.parametrize("kind", BOTH)
@pytest.mark.parametrize("padding", ["valid", "same", ((1, 0), (0, 2))])
def test_is_a_good_layer(fresh_process, kind, padding):
    arguments = {"pool_size": (2, 3), "dilation_rate": (2, 1), "padding": padding}
    arguments["strides"] = (1, 2)
    check_layer(kind, arguments, (2, 7, 6, 3), fresh_process=fresh_process)


@pytest.mark.parametrize("kind", BOTH)
@pytest.mark.parametrize("pool_size", [(1, 1), (2, 2), (3, 2)])
@pytest.mark.parametrize("dilation_rate", [(1, 1), (2, 3)])
def test_agrees_with_scipy(kind, pool_size, dilation_rate):
    x = np.random.default_rng(0).normal(size=(2, 9, 10, 3)).astype("float32")
    reach = [(k - 1) * d for k, d in zip(pool_size, dilation_rate, strict=True)]
    footprint = np.zeros((reach[0] + 1, reach[1] + 1), bool)
    footprint[:: dilation_rate[0], :: dilation_rate[1]] = True
    combine = np.max if kind is DilatedMaxPooling2D else np.mean
    expected = np.empty((2, 9 - reach[0], 10 - reach[1], 3), "float32")
    for b, c in np.ndindex(2, 3):
        whole = ndimage.generic_filter(
            x[b, :, :, c],
            combine,
            footprint=footprint,
            origin=[-((n + 1) // 2) for n in reach],  # windows begin at their cell
        )
        expected[b, :, :, c] = whole[: 9 - reach[0], : 10 - reach[1]]
    actual = keras.ops.convert_to_numpy(kind(pool_size, dilation_rate)(x))
    np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    list(zip(BOTH, (layers.MaxPooling2D, layers.AveragePooling2D), strict=True)),
)
@pytest.mark.parametrize("padding", ["valid", "same"])
def test_without_dilation_is_keras_pooling(ours, theirs, padding):
    is_torch = keras.backend.backend() == "torch"
    if is_torch and padding == "same" and theirs is layers.AveragePooling2D:
        pytest.skip("on PyTorch, Keras counts zeros that padding added into the mean")
    x = np.random.default_rng(0).normal(size=(2, 7, 6, 3)).astype("float32")
    expected = theirs((2, 3), strides=1, padding=padding)(x)
    actual = ours((2, 3), padding=padding)(x)
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(actual),
        keras.ops.convert_to_numpy(expected),
        rtol=1e-5,
        atol=1e-6,
    )


@pytest.mark.parametrize("kind", BOTH)
def test_strides_leave_cells_out(kind):
    x = np.random.default_rng(0).normal(size=(1, 9, 10, 2)).astype("float32")
    every = keras.ops.convert_to_numpy(kind(2, (1, 3))(x))
    some = keras.ops.convert_to_numpy(kind(2, (1, 3), strides=(3, 2))(x))
    np.testing.assert_array_equal(some, every[:, ::3, ::2])


@pytest.mark.parametrize(
    ("argument", "value"),
    [("pool_size", 0), ("dilation_rate", (1, 2, 3)), ("padding", "full")],
)
def test_wrong_arguments_are_refused(argument, value):
    with pytest.raises(ArgumentError, match=argument):
        DilatedMaxPooling2D(**{argument: value})


@pytest.mark.parametrize("kind", BOTH)
def test_exports(kind):
    layer = kind((2, 3), (2, 1), "same", strides=(1, 2))
    random = np.random.default_rng(0)
    sizes = [(1, 7, 6, 2), (2, 3, 1, 2)]
    check_exports(layer, *([random.normal(size=s).astype("float32")] for s in sizes))


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@pytest.mark.parametrize("padding", ["valid", "same"])
def test_sums_do_not_leave_sixteen_bits(dtype, padding):
    values = np.random.default_rng(0).integers(1, 256, (1, 11, 10, 2)) * 8
    x = keras.ops.cast(values, dtype)  # without rounding
    layer = DilatedAveragePooling2D(9, padding=padding, dtype=f"mixed_{dtype}")
    y = layer(x)
    symbol = layer(keras.Input((11, 10, 2), dtype=dtype))
    assert keras.backend.standardize_dtype(y.dtype) == symbol.dtype == dtype
    around = ((0, 0), (4, 4), (4, 4), (0, 0)) if padding == "same" else ((0, 0),) * 4
    windows = np.lib.stride_tricks.sliding_window_view(
        np.pad(values.astype(float), around, constant_values=np.nan), (9, 9), (1, 2)
    )
    expected = np.nanmean(windows, axis=(-2, -1))
    rounding = {"float16": 2**-11, "bfloat16": 2**-8}[dtype]  # one, at the end
    actual = keras.ops.convert_to_numpy(keras.ops.cast(y, "float32"))
    np.testing.assert_allclose(actual, expected, rtol=1.01 * rounding)
