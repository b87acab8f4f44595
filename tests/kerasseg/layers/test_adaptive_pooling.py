"""Oracle: PyTorch's adaptive poolings."""

import keras
import numpy as np
import pytest
from checks.examples import examples
from checks.exports import check_exports
from checks.layers import check_layer
from hypothesis import given
from hypothesis import strategies as st

from kerasseg.errors import ArgumentError
from kerasseg.layers import AdaptiveAveragePooling2D, AdaptiveMaxPooling2D

BOTH = (AdaptiveAveragePooling2D, AdaptiveMaxPooling2D)


def random(*shape):
    return np.random.default_rng(0).normal(size=shape).astype("float32")


def by_torch(kind, x, bins):
    torch = pytest.importorskip("torch")
    functions = torch.nn.functional
    is_max = kind is AdaptiveMaxPooling2D
    pool = functions.adaptive_max_pool2d if is_max else functions.adaptive_avg_pool2d
    return pool(torch.as_tensor(x).permute(0, 3, 1, 2), bins).permute(0, 2, 3, 1)


@pytest.mark.parametrize("kind", BOTH)
@pytest.mark.parametrize(("output_size", "size"), [((2, 5), (7, 6)), ((3, 3), (1, 1))])
def test_is_a_good_layer(kind, output_size, size, fresh_process):
    arguments = {"output_size": output_size}
    check_layer(kind, arguments, (2, *size, 3), fresh_process=fresh_process)


@pytest.mark.parametrize("kind", BOTH)
@examples(30)
@given(
    size=st.tuples(st.integers(1, 20), st.integers(1, 20)),
    bins=st.tuples(st.integers(1, 8), st.integers(1, 8)),
)
def test_equals_pytorch(kind, size, bins):
    x = random(2, *size, 3)
    result = keras.ops.convert_to_numpy(kind(bins)(x))
    np.testing.assert_allclose(result, by_torch(kind, x, bins), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("kind", BOTH)
@pytest.mark.parametrize("jit_compile", [False, True])
@pytest.mark.parametrize("size", [(7, 5), (None, 5), (None, None)])
def test_gradient_equals_pytorch(kind, jit_compile, size, tensorflow):
    torch = pytest.importorskip("torch")
    x, upstream = random(2, 7, 5, 3), random(2, 3, 2, 3)
    signature = [tensorflow.TensorSpec((None, *size, 3))]

    @tensorflow.function(input_signature=signature, jit_compile=jit_compile)
    def gradient(x):
        with tensorflow.GradientTape() as tape:
            tape.watch(x)
            y = kind((3, 2))(x)
        return tape.gradient(y, x, upstream)

    twin = torch.tensor(x, requires_grad=True)
    by_torch(kind, twin, (3, 2)).backward(torch.tensor(upstream))
    ours = gradient(tensorflow.constant(x))
    np.testing.assert_allclose(ours, twin.grad, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("kind", BOTH)
def test_exports_with_unknown_sizes(kind):
    check_exports(kind((3, 2)), [random(1, 7, 5, 3)], [random(2, 2, 9, 3)])


@pytest.mark.parametrize("wrong", [0, (1, 2, 3), 1.5])
def test_wrong_bins_are_refused(wrong):
    with pytest.raises(ArgumentError, match="output_size must be"):
        AdaptiveMaxPooling2D(wrong)


def test_means_of_integers_are_floats():
    x = np.array([1, 2], "int32").reshape(1, 1, 2, 1)
    layer = AdaptiveAveragePooling2D(1)
    assert keras.ops.convert_to_numpy(layer(x)).item() == 1.5
    symbol = layer(keras.Input((1, 2, 1), dtype="int32"))
    assert symbol.dtype == keras.backend.standardize_dtype(layer(x).dtype) == "float32"
    assert keras.ops.convert_to_numpy(AdaptiveMaxPooling2D(1)(x)).item() == 2


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@pytest.mark.parametrize("is_open", [False, True])
def test_means_in_sixteen_bits_are_rounded_once(dtype, is_open):
    if is_open and keras.backend.backend() != "tensorflow":
        pytest.skip("only TensorFlow's graphs have open lengths")
    values = np.random.default_rng(0).integers(1, 256, (1, 60, 70, 2)) * 128
    x = keras.ops.cast(values, dtype)  # without rounding
    layer = AdaptiveAveragePooling2D((2, 1), dtype=f"mixed_{dtype}")
    y = _with_open_lengths(layer, x) if is_open else layer(x)
    assert keras.backend.standardize_dtype(y.dtype) == dtype
    expected = values.reshape(1, 2, 30, 1, 70, 2).mean(axis=(2, 4))
    rounding = {"float16": 2**-11, "bfloat16": 2**-8}[dtype]
    actual = keras.ops.convert_to_numpy(keras.ops.cast(y, "float32"))
    np.testing.assert_allclose(actual, expected, rtol=1.01 * rounding)


def _with_open_lengths(layer, x):
    import tensorflow as tf

    signature = [tf.TensorSpec((1, None, None, 2), x.dtype)]
    return tf.function(layer, input_signature=signature)(x)
