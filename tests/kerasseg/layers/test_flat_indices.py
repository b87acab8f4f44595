import numpy as np
import pytest
from keras import ops

from kerasseg.errors import ArgumentError
from kerasseg.layers import (
    MaxPoolingWithIndices2D,
    MaxUnpooling2D,
    window_codes_from_flat,
)


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


@pytest.mark.parametrize("size", [(45, 23), (23, 45), (1, 1)])
def test_unpools_what_tensorflow_pooled(tensorflow, size):
    x = np.random.default_rng(0).normal(size=(2, *size, 3)).astype("float32")
    pooled, flat = tensorflow.nn.max_pool_with_argmax(x, 2, 2, "SAME")
    codes = window_codes_from_flat(flat, size, padding="same")
    actual = MaxUnpooling2D(padding="same")([pooled, codes], output_size=size)
    # By the addresses themselves, each image apart.
    expected = np.zeros((2, x[0].size), "float32")
    for image, places, values in zip(expected, flat, pooled, strict=True):
        image[np.ravel(places)] = np.ravel(values)
    np.testing.assert_array_equal(actual, expected.reshape(x.shape))


def test_by_hand():
    flat = np.array([[[[5]], [[11]]]]).reshape(1, 1, 2, 1)  # (1, 1), (2, 3), width 4
    codes = window_codes_from_flat(flat, (3, 4), pool_size=(3, 2))
    assert ops.convert_to_numpy(codes).ravel().tolist() == [3, 5]


def test_wrong_arguments_are_refused():
    with pytest.raises(ArgumentError, match="padding must"):
        window_codes_from_flat(np.zeros((1, 1, 1, 1), int), (2, 2), padding="full")


@pytest.mark.parametrize(("pool_size", "strides"), [(2, 2), (3, 2)])
def test_places_of_pytorch_are_counted_in_each_channel(pool_size, strides):
    torch = pytest.importorskip("torch")
    x = np.random.default_rng(0).normal(size=(2, 3, 7, 8)).astype("float32")
    pool = torch.nn.MaxPool2d(pool_size, strides, return_indices=True)
    _, places = pool(torch.from_numpy(x))  # (B, C, h, w)
    places = places.numpy().transpose(0, 2, 3, 1)
    codes = window_codes_from_flat(
        places, (7, 8), pool_size, strides, include_channels=False
    )
    _, wanted = MaxPoolingWithIndices2D(pool_size, strides)(x.transpose(0, 2, 3, 1))
    np.testing.assert_array_equal(
        ops.convert_to_numpy(codes), ops.convert_to_numpy(wanted)
    )
