from pathlib import Path

import numpy as np
import pytest
from checks.gradients import gradient_of
from keras import ops

from kerasseg.errors import ArgumentError
from kerasseg.layers import FlatMaxUnpooling2D, MaxPoolingWithArgmax2D

ADDONS = np.load(Path(__file__).parents[2] / "fixtures/addons/unpooling.npz")


def case(number):
    """What Addons 0.23 was given, and what it gave."""
    *options, same = ADDONS[f"{number}_options"].tolist()
    arguments = (tuple(options[:2]), tuple(options[2:]), "SAME" if same else "VALID")
    return arguments, *(ADDONS[f"{number}_{part}"] for part in ("pooled", "flat", "y"))


@pytest.mark.parametrize("number", range(5))
@pytest.mark.parametrize("as_list", [True, False])
def test_equals_addons(number, as_list):
    """Case 1 is of odd width, where Addons puts values in other places."""
    arguments, pooled, flat, expected = case(number)
    inputs = ([pooled, flat],) if as_list else (pooled, flat)
    actual = ops.convert_to_numpy(FlatMaxUnpooling2D(*arguments)(*inputs))
    np.testing.assert_allclose(actual, expected, rtol=1e-6)


def test_by_hand():
    """Two places chosen twice add up, as they do in Addons."""
    x = np.array([1.0, 2, 4, 8], "float32").reshape(1, 2, 2, 1)
    flat = np.array([0, 3, 3, 12]).reshape(1, 2, 2, 1)
    y = ops.convert_to_numpy(FlatMaxUnpooling2D()([x, flat]))[0, :, :, 0]
    np.testing.assert_array_equal(
        y, [[1, 0, 0, 6], [0, 0, 0, 0], [0, 0, 0, 0], [8, 0, 0, 0]]
    )


def test_undoes_the_pooling_and_sends_gradients_back():
    x = np.random.default_rng(0).normal(size=(2, 6, 8, 3)).astype("float32")
    pooled, flat = MaxPoolingWithArgmax2D()(x)
    y = ops.convert_to_numpy(FlatMaxUnpooling2D()([pooled, flat]))
    np.testing.assert_array_equal(y[y != 0], x[y != 0])
    assert np.count_nonzero(y) == pooled.shape[1] * pooled.shape[2] * 6
    upstream = np.random.default_rng(1).normal(size=y.shape).astype("float32")
    pooled = ops.convert_to_numpy(pooled)
    gradient = gradient_of(lambda p: FlatMaxUnpooling2D()([p, flat]), pooled, upstream)
    np.testing.assert_array_equal(np.sort(gradient.ravel()), np.sort(upstream[y != 0]))


def test_shapes_are_known_beforehand():
    layer = FlatMaxUnpooling2D(3, 2, "valid")
    assert layer.compute_output_shape([(None, 4, None, 5)]) == (None, 9, None, 5)
    assert layer.compute_output_shape((2, 4, 3, 5), (2, 4, 3, 5)) == (2, 9, 7, 5)


def test_wrong_padding_is_refused():
    with pytest.raises(ArgumentError, match="padding must"):
        FlatMaxUnpooling2D(padding="full")
