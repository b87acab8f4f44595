import keras
import numpy as np

from kerasseg.layers import MaxPoolingWithIndices2D
from kerasseg.layers.xla_scope import xla_scope


def test_marks_what_a_graph_computes(tensorflow):
    @tensorflow.function
    def marked(x):
        with xla_scope():
            y = x + 1
        return y * 2

    graph = marked.get_concrete_function(tensorflow.TensorSpec((2,))).graph
    compiled = {op.type for op in graph.get_operations() if is_marked(op)}
    assert "AddV2" in compiled
    assert "Mul" not in compiled


def test_pooling_is_marked_forward_and_backward(tensorflow):
    inputs = keras.Input((4, 4, 1))
    model = keras.Model(inputs, MaxPoolingWithIndices2D()(inputs)[0])

    @tensorflow.function
    def gradient(x):
        with tensorflow.GradientTape() as tape:
            tape.watch(x)
            y = model(x)
        return tape.gradient(y, x)

    graph = gradient.get_concrete_function(tensorflow.TensorSpec((1, 4, 4, 1))).graph
    places = [op for op in graph.get_operations() if op.type == "SelectV2"]
    assert len(places) == 4  # three of four cells may win forward; one backward
    assert all(is_marked(op) for op in places)


def test_elsewhere_does_nothing():
    with xla_scope():
        y = keras.ops.convert_to_numpy(keras.ops.ones(2) + 1)
    np.testing.assert_array_equal(y, [2, 2])


def is_marked(op):
    return "_XlaCompile" in op.node_def.attr and op.get_attr("_XlaCompile")
