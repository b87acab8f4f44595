import numpy as np
from checks.layers import check_layer
from keras import ops

from kerasseg.layers import InstanceNormalization


def test_is_a_good_layer(fresh_process):
    check_layer(InstanceNormalization, {}, (2, 3, 4, 3), fresh_process=fresh_process)


def test_equals_numpy():
    x = np.random.default_rng(0).normal(3, 2, size=(2, 5, 6, 4)).astype("float32")
    layer = InstanceNormalization(epsilon=0.1)
    layer.build(x.shape)
    layer.gamma.assign([1, 2, 3, 4])
    layer.beta.assign([0, 1, 0, -1])
    mean = x.mean(axis=(1, 2), keepdims=True)
    variance = x.var(axis=(1, 2), keepdims=True)
    expected = (x - mean) / np.sqrt(variance + 0.1) * [1, 2, 3, 4] + [0, 1, 0, -1]
    actual = ops.convert_to_numpy(layer(x))
    np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-5)


def test_takes_what_addons_saved():
    config = {"name": "norm", "groups": -1, "axis": -1, "epsilon": 0.01}
    layer = InstanceNormalization.from_config(config)
    assert (layer.name, layer.groups, layer.epsilon) == ("norm", -1, 0.01)
