import keras
import numpy as np
import pytest
from checks.examples import examples
from checks.exports import check_exports
from checks.gradients import gradient_of
from checks.layers import check_layer
from checks.windows_by_hand import cases, gathered, pool_by_hand, unpool_by_hand
from hypothesis import given
from keras import ops

from kerasseg.errors import ArgumentError
from kerasseg.layers import MaxPoolingWithIndices2D, MaxUnpooling2D

PAIRS = {"pool_size": (2, 2), "strides": (2, 2)}
OVERLAPPING = {"pool_size": (3, 2), "strides": (2, 1), "padding": "same"}


def normal(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def pooled(arguments, x):
    pairs = MaxPoolingWithIndices2D(**arguments)(x)
    return [ops.convert_to_numpy(array) for array in pairs]


def there_and_back(arguments):
    """A net that pools maps of any size and brings them back to it."""
    inputs = keras.Input((None, None, 2))
    values, indices = MaxPoolingWithIndices2D(**arguments)(inputs)
    outputs = MaxUnpooling2D(**arguments)([values, indices, inputs])
    return keras.Model(inputs, outputs)


@pytest.mark.parametrize(
    ("arguments", "shape", "like"),
    [
        ({**PAIRS, "padding": "valid"}, (2, 7, 6, 3), True),
        ({**PAIRS, "padding": "valid"}, (2, 7, 6, 3), False),
        ({**PAIRS, "padding": "same"}, (2, 7, 1, 3), True),
        (OVERLAPPING, (2, 6, 5, 2), False),
    ],
)
def test_is_a_good_layer(fresh_process, arguments, shape, like):
    x = normal(*shape)
    inputs = [*pooled(arguments, x), *([x] if like else [])]
    check_layer(MaxUnpooling2D, arguments, inputs=inputs, fresh_process=fresh_process)


@examples(60)
@given(cases())
def test_agrees_with_loops(case):
    size = case.x.shape[1:3]
    _, codes, places = pool_by_hand(case.x, **case.arguments)
    values, upstream = normal(*codes.shape), normal(*case.x.shape, seed=1)
    codes = codes.astype("uint8")
    layer = MaxUnpooling2D(**case.arguments)
    expected, stands = unpool_by_hand(values, places, size)
    actual = ops.convert_to_numpy(layer([values, codes], output_size=size))
    np.testing.assert_array_equal(actual, expected)
    actual = ops.convert_to_numpy(layer([values, codes, case.x]))
    np.testing.assert_array_equal(actual, expected)
    np.testing.assert_array_equal(
        gradient_of(lambda x: layer([x, codes, case.x]), values, upstream),
        np.where(stands, gathered(upstream, places), 0),
    )


@pytest.mark.parametrize("size", [(44, 60), (45, 61), (44, 61)])
def test_is_max_unpooling_of_pytorch(size):
    torch = pytest.importorskip("torch")
    x, upstream = np.maximum(normal(2, *size, 3), 0), normal(2, *size, 3, seed=1)
    theirs = torch.tensor(x.transpose(0, 3, 1, 2), requires_grad=True)
    maxima, flat = torch.nn.functional.max_pool2d(theirs, 2, return_indices=True)
    expected = torch.nn.functional.max_unpool2d(maxima, flat, 2, output_size=size)
    expected.backward(torch.tensor(upstream.transpose(0, 3, 1, 2)))
    model = there_and_back({"pool_size": 2})
    actual = ops.convert_to_numpy(model(x[..., :2]))
    expected = expected.detach().permute(0, 2, 3, 1)[..., :2]
    np.testing.assert_array_equal(actual, expected)
    gradient = gradient_of(model, x[..., :2], upstream[..., :2])
    np.testing.assert_allclose(
        gradient, theirs.grad.permute(0, 2, 3, 1)[..., :2], atol=1e-6
    )


@pytest.mark.parametrize(("pool_size", "strides"), [(3, 2), (3, 1), (2, 3), (4, 3)])
def test_overlapping_windows_of_one_map_go_as_in_pytorch(pool_size, strides):
    torch = pytest.importorskip("torch")
    x = np.maximum(normal(2, 13, 10, 3), 0)
    theirs = torch.tensor(x.transpose(0, 3, 1, 2))
    maxima, flat = torch.nn.functional.max_pool2d(
        theirs, pool_size, strides, return_indices=True
    )
    expected = torch.nn.functional.max_unpool2d(
        maxima, flat, pool_size, strides, output_size=(13, 10)
    )
    model = there_and_back({"pool_size": pool_size, "strides": strides})
    actual = ops.convert_to_numpy(model(x[..., :2]))
    np.testing.assert_array_equal(actual, expected.permute(0, 2, 3, 1)[..., :2])


def test_numbers_of_the_textbook():
    x = np.array([[1, 2, 6, 3], [3, 5, 2, 1], [1, 2, 2, 1], [7, 3, 4, 8]], "float32")
    _, indices = pooled({}, x.reshape(1, 4, 4, 1))
    values = np.array([1, 2, 3, 4], "float32").reshape(1, 2, 2, 1)
    y = ops.convert_to_numpy(MaxUnpooling2D()([values, indices]))[0, :, :, 0]
    expected = [[0, 0, 2, 0], [0, 1, 0, 0], [0, 0, 0, 0], [3, 0, 0, 4]]
    np.testing.assert_array_equal(y, expected)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_keeps_the_type(dtype):
    _, indices = pooled({}, normal(1, 4, 4, 2))
    y = MaxUnpooling2D(dtype=dtype)([np.ones((1, 2, 2, 2), dtype="float32"), indices])
    assert keras.backend.standardize_dtype(y.dtype) == dtype
    assert ops.convert_to_numpy(ops.sum(ops.cast(y, "float32"))) == 8


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize(("pool_size", "strides"), [(2, 2), (3, 2), (2, 3), (3, 3)])
def test_default_size_pools_back_to_the_same(padding, pool_size, strides):
    arguments = {"pool_size": pool_size, "strides": strides, "padding": padding}
    values = np.zeros((1, 4, 5, 1), "float32")
    y = MaxUnpooling2D(**arguments)([values, values.astype("uint8")])
    assert pooled(arguments, ops.convert_to_numpy(y))[0].shape == values.shape
    if padding == "same":
        assert tuple(y.shape) == (1, 4 * strides, 5 * strides, 1)


@pytest.mark.parametrize("jit_compile", ["auto", True])
@pytest.mark.parametrize("arguments", [{"padding": "same"}, OVERLAPPING])
def test_predicts_with_sizes_that_change(arguments, jit_compile):
    if jit_compile is True and keras.backend.backend() == "torch":
        pytest.skip("compiles for every size, minutes in all")
    model = there_and_back(arguments)
    model.compile(jit_compile=jit_compile)
    layer = MaxPoolingWithIndices2D(**arguments)
    strides = {"pool_size": layer.pool_size, "strides": layer.strides}
    for size in [3, 8, 3, 5, 3, 1]:
        x = normal(2, size, size + 1, 2)
        values, _, places = pool_by_hand(x, **strides, padding="same")
        expected, _ = unpool_by_hand(values, places, x.shape[1:3])
        np.testing.assert_array_equal(model.predict(x, verbose=0), expected)


@pytest.mark.parametrize(
    "arguments", [{}, {"padding": "same"}, {"pool_size": 2, "strides": 3}, OVERLAPPING]
)
def test_exports(arguments):
    model = there_and_back(arguments)
    check_exports(model, [normal(1, 7, 6, 2)], [normal(2, 4, 9, 2)])


def test_exports_without_a_size():
    inputs = keras.Input((None, None, 2))
    pairs = MaxPoolingWithIndices2D()(inputs)
    model = keras.Model(inputs, MaxUnpooling2D()(pairs))
    check_exports(model, [normal(1, 8, 6, 2)], [normal(2, 4, 10, 2)])


@pytest.mark.parametrize("size", [(7, 10), (10, 10), (8, 12)])
def test_sizes_that_do_not_pool_back_are_refused(size):
    values = np.zeros((1, 4, 5, 1), "float32")
    with pytest.raises(ArgumentError, match=r"output_size must .* Received"):
        MaxUnpooling2D()([values, values.astype("uint8")], output_size=size)


def test_wrong_arguments_are_refused():
    with pytest.raises(ArgumentError, match="padding must"):
        MaxUnpooling2D(padding="full")


@pytest.mark.parametrize("shape", [(1, 5, 4, 3), (1, 4, 5, 1), (2, 4, 5, 3), (20, 3)])
def test_indices_of_another_shape_are_refused(shape):
    values, indices = np.zeros((1, 4, 5, 3), "float32"), np.zeros(shape, "uint8")
    with pytest.raises(ArgumentError, match=r"have the same shape\. Received"):
        MaxUnpooling2D()([values, indices])


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        (np.ones((1, 2, 2, 1)), r"\[x, indices\].*Received: 1 input"),
        ([np.ones((1, 2, 2, 1))] * 4, "Received: 4 input"),
        ([np.ones((1, 2, 2, 1))] * 2, "indices must be integers.*float"),
        ([np.zeros((1, 2, 2, 1), "uint8"), np.ones((1, 2, 2, 1))], "behind the values"),
    ],
)
def test_calls_without_indices_are_refused(inputs, message):
    with pytest.raises(ArgumentError, match=f"mine: .*{message}"):
        MaxUnpooling2D(name="mine")(inputs)


def test_one_output_size_is_both():
    x, indices = np.ones((1, 4, 4, 1), "float32"), np.zeros((1, 4, 4, 1), "uint8")
    layer = MaxUnpooling2D(padding="same")
    assert layer([x, indices], output_size=7).shape == (1, 7, 7, 1)
    symbols = [keras.Input((4, 4, 1)), keras.Input((4, 4, 1), dtype="uint8")]
    assert layer(symbols, output_size=7).shape == (None, 7, 7, 1)
    with pytest.raises(ArgumentError, match="output_size must be one length"):
        layer([x, indices], output_size=(7, 7, 1))


AS_NUMPY = [
    lambda size: (np.int64(size), np.int32(size)),
    lambda size: np.array([size, size]),
    lambda size: [size, np.uint8(size)],
    np.int64,
    np.array,
]


@pytest.mark.parametrize("of", AS_NUMPY)
def test_sizes_of_numpy_are_checked_like_others(of):
    x, indices = np.ones((1, 2, 2, 1), "float32"), np.zeros((1, 2, 2, 1), "uint8")
    layer = MaxUnpooling2D()
    assert layer([x, indices], output_size=of(5)).shape == (1, 5, 5, 1)
    shapes = [x.shape, indices.shape]
    assert layer.compute_output_shape(shapes, of(5)) == (1, 5, 5, 1)
    symbols = [keras.Input((2, 2, 1)), keras.Input((2, 2, 1), dtype="uint8")]
    model = keras.Model(symbols, layer(symbols, output_size=of(5)))
    again = keras.Model.from_config(model.get_config())
    assert again.output_shape == (None, 5, 5, 1)
    for wrong in (0, 3, 7):
        with pytest.raises(ArgumentError, match=rf"2 pool {wrong} to -?\d"):
            layer([x, indices], output_size=of(wrong))
        with pytest.raises(ArgumentError, match=rf"2 pool {wrong} to -?\d"):
            layer.compute_output_shape(shapes, of(wrong))


@pytest.mark.parametrize("size", [5.0, (5.0, 5.0), np.array([5.0, 5.0])])
def test_sizes_that_are_no_whole_numbers_are_refused(size):
    x, indices = np.ones((1, 2, 2, 1), "float32"), np.zeros((1, 2, 2, 1), "uint8")
    with pytest.raises(ArgumentError, match="whole numbers"):
        MaxUnpooling2D()([x, indices], output_size=size)
