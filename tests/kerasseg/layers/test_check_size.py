import keras
import numpy as np
import pytest
from checks.exports import check_exports
from checks.layers import check_layer

from kerasseg.errors import ArgumentError
from kerasseg.layers import CheckSize2D


def images(*shape):
    return np.random.default_rng(0).normal(size=shape).astype("float32")


def test_is_a_good_layer(fresh_process):
    arguments = {"multiple": 4, "smallest": 6}
    check_layer(CheckSize2D, arguments, (2, 6, 14, 3), fresh_process=fresh_process)


def test_lets_valid_sizes_through_and_no_others():
    layer = CheckSize2D(3, smallest=4)
    passed = []
    for length in range(1, 15):
        try:
            layer(np.zeros((1, length, 7, 1)))
            layer(np.zeros((1, 10, length, 1)))
            passed.append(length)
        except ArgumentError:
            pass
    assert passed == [4, 7, 10, 13]


def test_the_message_names_the_nearest_valid_sizes():
    layer = CheckSize2D(16, smallest=188, name="sizes")
    with pytest.raises(ArgumentError, match=r"sizes: .*re 556 and 572\. .*\(571, 572"):
        layer(np.zeros((1, 571, 572, 1)))
    with pytest.raises(ArgumentError, match=r"valid ones are 188\. Received"):
        layer(np.zeros((1, 188, 172, 1)))
    with pytest.raises(ArgumentError, match=r"valid ones are 188\. Received.*61, 45"):
        layer(np.zeros((1, 61, 45, 1)))


def test_a_fixed_size_is_refused_while_the_net_is_built():
    with pytest.raises(ArgumentError, match="nearest valid ones are 8 and 10"):
        CheckSize2D(2, smallest=2)(keras.Input((9, None, 1)))


def test_exports_with_unknown_sizes():
    check_exports(CheckSize2D(4, 2), [images(1, 6, 10, 3)], [images(2, 2, 14, 3)])


@pytest.mark.parametrize("jit_compile", [False, True])
@pytest.mark.parametrize("size", [(6, 7), (7, 6), (2, 6)])
def test_an_unknown_size_is_refused_once_the_graph_runs(tensorflow, size, jit_compile):
    tf = tensorflow
    layer = CheckSize2D(4, smallest=6)
    signature = [tf.TensorSpec((None, None, None, 1))]
    graph = tf.function(layer, input_signature=signature, jit_compile=jit_compile)
    assert graph(tf.zeros((1, 6, 10, 1))).shape == (1, 6, 10, 1)
    message = "reshape" if jit_compile else "6 or more by a multiple of 4"
    with pytest.raises(tf.errors.InvalidArgumentError, match=message):
        graph(tf.zeros((1, *size, 1)))


@pytest.mark.parametrize(
    "arguments",
    [{"smallest": 1, "multiple": 0}, {"multiple": 2, "smallest": 1.5}],
)
def test_bad_arguments_are_refused(arguments):
    *_, name = arguments
    with pytest.raises(ArgumentError, match=f"Received: {name}="):
        CheckSize2D(**arguments)
