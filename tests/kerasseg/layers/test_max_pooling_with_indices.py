import keras
import numpy as np
import pytest
from checks.examples import examples
from checks.exports import check_exports
from checks.gradients import gradient_of
from checks.layers import check_layer
from checks.windows_by_hand import added, cases, pool_by_hand
from hypothesis import given
from keras import ops

from kerasseg.errors import ArgumentError
from kerasseg.layers import MaxPoolingWithIndices2D

PAIRS = {"pool_size": (2, 2), "strides": (2, 2)}
OVERLAPPING = {"pool_size": (3, 2), "strides": (2, 1), "padding": "same"}


def pooled(layer, x):
    return [ops.convert_to_numpy(array) for array in layer(x)]


def normal(*shape):
    return np.random.default_rng(0).normal(size=shape).astype("float32")


@pytest.mark.parametrize(
    ("arguments", "shape"),
    [
        ({**PAIRS, "padding": "valid"}, (2, 7, 6, 3)),
        ({**PAIRS, "padding": "same"}, (2, 7, 1, 3)),
        (OVERLAPPING, (2, 6, 5, 2)),
    ],
)
def test_is_a_good_layer(fresh_process, arguments, shape):
    check_layer(MaxPoolingWithIndices2D, arguments, shape, fresh_process=fresh_process)


@examples(60)
@given(cases())
def test_agrees_with_loops(case):
    layer = MaxPoolingWithIndices2D(**case.arguments)
    maxima, codes, places = pool_by_hand(case.x, **case.arguments)
    values, indices = pooled(layer, case.x)
    np.testing.assert_array_equal(values, maxima)
    np.testing.assert_array_equal(indices, codes)
    upstream = normal(*maxima.shape)
    np.testing.assert_allclose(
        gradient_of(lambda x: layer(x)[0], case.x, upstream),
        added(upstream, places, case.x.shape[1:3]),
        rtol=1e-5,
        atol=1e-6,
    )


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_keeps_the_type_and_the_ties(dtype):
    x = np.random.default_rng(1).integers(0, 3, (1, 5, 7, 2)).astype("float32")
    expected = pool_by_hand(x, (2, 2), (2, 2), "same")
    values, indices = MaxPoolingWithIndices2D(padding="same", dtype=dtype)(x)
    assert keras.backend.standardize_dtype(values.dtype) == dtype
    values = ops.convert_to_numpy(ops.cast(values, "float32"))
    np.testing.assert_array_equal(values, expected[0])
    np.testing.assert_array_equal(ops.convert_to_numpy(indices), expected[1])


@pytest.mark.parametrize(
    ("pool_size", "padding"), [(2, "valid"), (2, "same"), ((2, 3), "valid")]
)
def test_is_max_pooling_of_pytorch(pool_size, padding):
    torch = pytest.importorskip("torch")
    x = np.maximum(normal(2, 45, 61, 3), 0)
    theirs = torch.tensor(x.transpose(0, 3, 1, 2), requires_grad=True)
    maxima, flat = torch.nn.functional.max_pool2d(
        theirs, pool_size, ceil_mode=padding == "same", return_indices=True
    )
    upstream = normal(*maxima.permute(0, 2, 3, 1).shape)
    maxima.backward(torch.tensor(upstream.transpose(0, 3, 1, 2)))
    layer = MaxPoolingWithIndices2D(pool_size, padding=padding)
    values, indices = pooled(layer, x)
    np.testing.assert_array_equal(values, maxima.detach().permute(0, 2, 3, 1))
    # PyTorch counts the places of the whole map.
    _, i, j, _ = np.indices(indices.shape)
    height, width = layer.pool_size
    y, z = i * height + indices // width, j * width + indices % width
    np.testing.assert_array_equal(y * 61 + z, flat.permute(0, 2, 3, 1))
    gradient = gradient_of(lambda x: layer(x)[0], x, upstream)
    np.testing.assert_allclose(gradient, theirs.grad.permute(0, 2, 3, 1), atol=1e-6)


def test_nans_go_as_in_pytorch():
    torch = pytest.importorskip("torch")
    x = np.random.default_rng(2).choice([np.nan, 0, 1], (1, 8, 8, 4)).astype("float32")
    maxima, flat = torch.nn.functional.max_pool2d(
        torch.tensor(x.transpose(0, 3, 1, 2)), 2, return_indices=True
    )
    values, indices = pooled(MaxPoolingWithIndices2D(), x)
    np.testing.assert_array_equal(values, maxima.permute(0, 2, 3, 1))
    flat = flat.permute(0, 2, 3, 1).numpy()
    np.testing.assert_array_equal(indices, flat // 8 % 2 * 2 + flat % 2)


@pytest.mark.parametrize("pool_size", [(3, 3), (2, 3), (3, 2), (4, 5), (2, 2)])
@pytest.mark.parametrize("strides", [1, 2, 3])
def test_padding_is_never_chosen(pool_size, strides):
    layer = MaxPoolingWithIndices2D(pool_size, strides, "same")
    numbers = np.zeros((2, 5, 6, 2), "uint8"), np.full((2, 5, 6, 2), -np.inf, "float32")
    _, wanted = pooled(layer, np.ones((2, 5, 6, 2), "float32"))  # above the padding
    for x in numbers:
        maxima, found = pooled(layer, x)
        np.testing.assert_array_equal(found, wanted)
        np.testing.assert_array_equal(maxima, x[0, 0, 0, 0])


def test_integers_pool_too():
    x = -np.random.default_rng(0).integers(1, 9, (1, 3, 3, 2)).astype("int32")
    expected = pool_by_hand(x, (2, 2), (2, 2), "same")
    values, indices = pooled(MaxPoolingWithIndices2D(padding="same"), x)
    np.testing.assert_array_equal(values, expected[0])
    np.testing.assert_array_equal(indices, expected[1])


@pytest.mark.parametrize(
    ("pool_size", "dtype"), [((15, 17), "uint8"), ((16, 16), "int32")]
)
def test_indices_take_a_byte_while_they_fit(pool_size, dtype):
    x = np.arange(16 * 17.0, dtype="float32").reshape(1, 16, 17, 1)
    _, indices = MaxPoolingWithIndices2D(pool_size, padding="valid")(x)
    assert keras.backend.standardize_dtype(indices.dtype) == dtype
    assert ops.convert_to_numpy(indices).item() == np.prod(pool_size) - 1


def test_learns_and_predicts_with_sizes_that_change():
    layer = MaxPoolingWithIndices2D(padding="same")
    inputs = keras.Input((None, None, 2))
    model = keras.Model(inputs, layer(inputs))
    for size in [3, 8, 3, 5, 3, 1]:
        x = normal(2, size, size + 1, 2)
        expected = pool_by_hand(x, (2, 2), (2, 2), "same")
        values, indices = model.predict(x, verbose=0)
        np.testing.assert_array_equal(values, expected[0])
        np.testing.assert_array_equal(indices, expected[1])


@pytest.mark.parametrize("arguments", [{"padding": "same"}, OVERLAPPING])
def test_exports(arguments):
    pool = MaxPoolingWithIndices2D(**arguments)
    inputs = keras.Input((None, None, 3))
    values, indices = pool(inputs)
    both = keras.layers.Concatenate()([values, ops.cast(indices, "float32")])
    model = keras.Model(inputs, both)
    check_exports(model, [normal(1, 7, 6, 3)], [normal(2, 4, 9, 3)])


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("pool_size", 0),
        ("pool_size", (2, 2, 2)),
        ("pool_size", 2.0),
        ("strides", (1, -1)),
        ("padding", "full"),
    ],
)
def test_wrong_arguments_are_refused(argument, value):
    with pytest.raises(ArgumentError, match=rf"{argument} must.*Received: {argument}="):
        MaxPoolingWithIndices2D(**{argument: value})


def test_maps_smaller_than_the_window_are_refused():
    layer = MaxPoolingWithIndices2D((3, 2))
    for size in [(2, 2), (1, 9), (3, 1)]:
        with pytest.raises(ArgumentError, match="holds no window"):
            layer(np.zeros((1, *size, 1), "float32"))
        with pytest.raises(ArgumentError, match="holds no window"):
            layer(keras.Input((*size, 1)))
