import numpy as np
import pytest
from keras import ops

from kerasseg.errors import ArgumentError
from kerasseg.layers import MaxPoolingWithIndices2D
from kerasseg.layers.flat_indices import window_codes_from_flat


@pytest.mark.parametrize("with_batch", [False, True])
@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize(("pool_size", "strides"), [(2, 2), ((3, 2), (2, 1)), (2, 3)])
def test_indices_of_tensorflow(tensorflow, pool_size, strides, padding, with_batch):
    x = np.maximum(np.random.default_rng(0).normal(size=(2, 7, 10, 3)), 0)
    x = x.astype("float32")
    _, flat = tensorflow.nn.max_pool_with_argmax(
        x, pool_size, strides, padding.upper(), include_batch_in_index=with_batch
    )
    arguments = {"pool_size": pool_size, "strides": strides, "padding": padding}
    actual = window_codes_from_flat(flat, (7, 10), **arguments)
    _, expected = MaxPoolingWithIndices2D(**arguments)(x)
    assert actual.dtype == expected.dtype
    np.testing.assert_array_equal(actual, expected)


def test_by_hand():
    flat = np.array([[[[5]], [[11]]]]).reshape(1, 1, 2, 1)  # (1, 1), (2, 3), width 4
    codes = window_codes_from_flat(flat, (3, 4), pool_size=(3, 2))
    assert ops.convert_to_numpy(codes).ravel().tolist() == [3, 5]


def test_wrong_arguments_are_refused():
    with pytest.raises(ArgumentError, match="padding must"):
        window_codes_from_flat(np.zeros((1, 1, 1, 1), int), (2, 2), padding="full")
