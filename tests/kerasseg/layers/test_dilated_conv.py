import keras
import numpy as np
import pytest
from checks.exports import check_exports
from checks.layers import check_layer
from keras import layers, ops

from kerasseg.layers import DilatedConv2D

ARGUMENTS = {"filters": 4, "kernel_size": (2, 3), "dilation_rate": (3, 2)}


def an_image(*shape):
    return np.random.default_rng(0).normal(size=shape).astype("float32")


def both(x, **more):
    """The layer and Keras's own, with the same weights."""
    config = {**ARGUMENTS, **more}
    ours, theirs = DilatedConv2D(**config), layers.Conv2D(**config)
    ours.build(x.shape)
    theirs.build(x.shape)
    theirs.set_weights(ours.get_weights())
    return ours, theirs


def test_is_a_good_layer(fresh_process):
    # Compared with a second layer made anew, which must have the same weights.
    arguments = {**ARGUMENTS, "kernel_initializer": "ones"}
    check_layer(DilatedConv2D, arguments, (2, 9, 8, 3), fresh_process=fresh_process)


def test_by_hand():
    x = an_image(2, 9, 8, 3)
    ours, _ = both(x)
    kernel, _ = ours.get_weights()
    expected = np.zeros((2, 6, 4, 4))
    for i in range(2):
        for j in range(3):
            cells = x[:, 3 * i : 3 * i + 6, 2 * j : 2 * j + 4]
            expected += cells.astype("float64") @ kernel[i, j]
    actual = ops.convert_to_numpy(ours(x))
    np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("dilation", [1, 2, (1, 3)])
@pytest.mark.parametrize("padding", ["valid", "same"])
def test_equals_keras(dilation, padding):
    x = an_image(1, 11, 10, 4)
    more = {"dilation_rate": dilation, "padding": padding, "activation": "relu"}
    for groups in (1, 2):
        ours, theirs = both(x, **more, groups=groups)
        actual, expected = map(ops.convert_to_numpy, (ours(x), theirs(x)))
        np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("jit", [False, True])
def test_trains_as_keras_does(jit):
    if jit and keras.backend.backend() == "torch":
        pytest.skip("test_is_a_good_layer compiles it already, which takes a minute")
    x, y = an_image(3, 9, 8, 3), an_image(3, 6, 4, 4)
    weights = []
    for layer in both(x):
        probe = layers.Conv2D(3, 1, kernel_initializer="ones")
        model = keras.Sequential([keras.Input(x.shape[1:]), probe, layer])
        model.compile("sgd", "mse", jit_compile=jit)
        for _ in range(3):
            model.train_on_batch(x, y)
        weights.append(model.get_weights())
    for ours, theirs in zip(*weights, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-6)


def test_holds_no_rearranging_in_the_graph(tensorflow):
    """What makes it fast: one operation, where Keras's layer has three."""
    x = an_image(1, 9, 8, 3)
    counted = []
    for layer in both(x):
        graph = tensorflow.function(layer).get_concrete_function(x).graph
        kinds = [operation.type for operation in graph.get_operations()]
        counted.append([kinds.count(k) for k in ("Conv2D", "SpaceToBatchND")])
    assert counted == [[1, 0], [1, 1]]


@pytest.mark.parametrize("padding", ["valid", "same"])
def test_exports(padding):
    layer = DilatedConv2D(**ARGUMENTS, padding=padding)
    check_exports(layer, [an_image(1, 9, 8, 3)], [an_image(2, 5, 11, 3)])
