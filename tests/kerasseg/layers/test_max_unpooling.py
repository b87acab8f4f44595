import keras
import numpy as np
import pytest
from checks.layers import check_layer

from kerasseg.layers import MaxPoolingWithIndices2D, MaxUnpooling2D


def pooled(arguments, shape, like=False):
    x = np.random.default_rng(0).normal(size=shape).astype("float32")
    pairs = MaxPoolingWithIndices2D(**arguments)(x)
    arrays = [keras.ops.convert_to_numpy(array) for array in pairs]
    return [*arrays, x] if like else arrays


@pytest.mark.parametrize("like", [False, True])
@pytest.mark.parametrize(
    ("arguments", "shape"),
    [
        ({"pool_size": (2, 2), "strides": (2, 2), "padding": "valid"}, (2, 7, 6, 3)),
        ({"pool_size": (2, 2), "strides": (2, 2), "padding": "same"}, (2, 7, 1, 3)),
        ({"pool_size": (3, 2), "strides": (1, 3), "padding": "valid"}, (2, 7, 6, 3)),
        ({"pool_size": (3, 2), "strides": (2, 1), "padding": "same"}, (2, 6, 5, 2)),
    ],
)
def test_is_a_good_layer(fresh_process, arguments, shape, like):
    inputs = pooled(arguments, shape, like)
    check_layer(MaxUnpooling2D, arguments, inputs=inputs, fresh_process=fresh_process)
