"""Calls of TensorFlow functions as layers, against NumPy."""

from importlib import import_module

import keras
import numpy as np
import pytest

import kerasseg.layers  # noqa: F401 - ReverseChannels
from kerasseg.old_models.calls import is_operation
from kerasseg.old_models.operations import operation_as_layer

X = np.random.default_rng(0).uniform(1, 2, (2, 4, 3, 3)).astype("float32")


def function(name, *node):
    entry = {"class_name": "TFOpLambda", "name": "op", "config": {"function": name}}
    return {**entry, "inbound_nodes": [list(node)]}


def graph_op(op, constants, count=1, **attributes):
    node = {"op": op, "attr": attributes}
    entry = {"class_name": "TensorFlowOpLayer", "name": "op"}
    config = {"name": op, "node_def": node, "constants": constants}
    nodes = [[["x", 0, 0, {}]] * count]
    return {**entry, "config": config, "inbound_nodes": nodes}


def applied(entry):
    made = operation_as_layer(entry)
    config = {k: v for k, v in made["config"].items() if k != "name"}
    layer = _class_of(made)(**config)
    (references,) = made["inbound_nodes"]
    inputs = [X for _ in references]
    given = references[0][3]
    made = layer(inputs if len(inputs) > 1 else X, **given)
    return keras.ops.convert_to_numpy(made)


def _class_of(made):
    if is_operation(made):
        return getattr(import_module(made["module"]), made["class_name"])
    registered = keras.saving.get_registered_object(made["class_name"])
    return registered or getattr(keras.layers, made["class_name"])


COLORS = [1.0, 2.0, 4.0]
PADS = [[0, 0], [1, 0], [0, 2], [0, 0]]
NEW_AXIS = [{"class_name": "__ellipsis__"}, None]
TO_BGR = [{"class_name": "__ellipsis__"}, {"start": None, "stop": None, "step": -1}]


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (function("math.truediv", "x", 0, 0, {"y": 4.0, "name": None}), X / 4),
        (function("math.subtract", "x", 0, 0, {"y": 1.0}), X - 1),
        (
            function("math.subtract", "_CONSTANT_VALUE", -1, 1.0, {"y": ["x", 0, 0]}),
            1 - X,
        ),
        (function("math.multiply", "x", 0, 0, {"y": ["x", 0, 0]}), X * X),
        (function("nn.bias_add", "x", 0, 0, {"bias": COLORS}), X + COLORS),
        (function("math.truediv", "x", 0, 0, {"y": COLORS}), X / COLORS),
        (function("nn.relu6", "x", 0, 0, {}), np.clip(X, 0, 6)),
        (function("cast", "x", 0, 0, {"dtype": "float32"}), X),
        (function("math.reduce_mean", "x", 0, 0, {"axis": [1, 2]}), X.mean((1, 2))),
        (function("reshape", "x", 0, 0, {"shape": [-1, 36]}), X.reshape(2, 36)),
        (
            function("compat.v1.transpose", "x", 0, 0, {"perm": [0, 3, 1, 2]}),
            X.transpose(0, 3, 1, 2),
        ),
        (
            function("concat", ["x", 0, 0, {"axis": -1}], ["x", 0, 0, {"axis": -1}]),
            np.concatenate([X, X], -1),
        ),
        (
            {
                **function("__operators__.getitem", "x", 0, 0, {"slice_spec": TO_BGR}),
                "class_name": "SlicingOpLambda",
            },
            X[..., ::-1],
        ),
        (function("math.abs", "x", 0, 0, {}), np.abs(X)),
        (function("math.negative", "x", 0, 0, {}), -X),
        (function("math.pow", "x", 0, 0, {"y": 3.0}), X**3),
        (function("math.maximum", "x", 0, 0, {"y": 1.5}), np.maximum(X, 1.5)),
        (
            function(
                "clip_by_value", "x", 0, 0, {"clip_value_min": 1.2, "clip_value_max": 2}
            ),
            np.clip(X, 1.2, 2),
        ),
        (
            function("math.reduce_mean", "x", 0, 0, {"axis": -1, "keepdims": True}),
            X.mean(-1, keepdims=True),
        ),
        (function("math.reduce_sum", "x", 0, 0, {"axis": [1]}), X.sum(1)),
        (function("expand_dims", "x", 0, 0, {"axis": -1}), X[..., None]),
        (
            function("math.l2_normalize", "x", 0, 0, {"axis": -1}),
            X / np.sqrt((X**2).sum(-1, keepdims=True)),
        ),
        (
            function(
                "compat.v1.pad",
                "x",
                0,
                0,
                {"paddings": [[0, 0], [1, 0], [0, 2], [0, 0]]},
            ),
            np.pad(X, PADS),
        ),
        (
            function(
                "nn.max_pool2d",
                *("x", 0, 0),
                {"ksize": 2, "strides": [1, 2, 1, 1], "padding": "VALID"},
            ),
            X.reshape(2, 2, 2, 3, 3)
            .max(2)[:, :, :-1]
            .clip(X.reshape(2, 2, 2, 3, 3).max(2)[:, :, 1:]),
        ),
        (
            function("math.add_n", ["x", 0, 0, {}], ["x", 0, 0, {}], ["x", 0, 0, {}]),
            X + X + X,
        ),
        (
            {
                **function(
                    "__operators__.getitem", "x", 0, 0, {"slice_spec": NEW_AXIS}
                ),
                "class_name": "SlicingOpLambda",
            },
            X[..., None],
        ),
        (graph_op("Neg", {}), -X),
        (graph_op("Cast", {}, DstT={"type": "DT_FLOAT"}), X),
        (graph_op("Pow", {"1": 2.0}), X**2),
        (graph_op("Sum", {"1": -1}, keep_dims={"b": True}), X.sum(-1, keepdims=True)),
        (graph_op("RealDiv", {"1": 4.0}), X / 4),
        (graph_op("Sub", {"0": 1.0}), 1 - X),
        (graph_op("AddV2", {}, 2), X + X),
        (graph_op("ConcatV2", {"2": -1}, 2), np.concatenate([X, X], -1)),
        (graph_op("Mean", {"1": [1, 2]}, keep_dims={"b": False}), X.mean((1, 2))),
    ],
)
def test_computes_what_the_function_did(entry, expected):
    np.testing.assert_allclose(applied(entry), expected, rtol=1e-6)


def test_the_slope_of_a_graph_is_kept():
    made = operation_as_layer(graph_op("LeakyRelu", {}, alpha={"f": 0.05}))
    assert (made["class_name"], made["config"]["negative_slope"]) == ("LeakyReLU", 0.05)


def test_only_those_axes_are_squeezed_that_a_graph_names():
    entry = graph_op("Squeeze", {}, squeeze_dims={"list": {"i": ["1", "2"]}})
    assert operation_as_layer(entry)["config"]["axis"] == [1, 2]
    assert operation_as_layer(blind := graph_op("Squeeze", {})) is blind


@pytest.mark.parametrize(
    "entry",
    [
        function("math.pow", "_CONSTANT_VALUE", -1, 2.0, {"y": ["x", 0, 0]}),
        function("math.maximum", "x", 0, 0, {"y": [1.0, 2.0, 3.0]}),
        function("compat.v1.pad", "x", 0, 0, {"paddings": [[1, 1]] * 4}),
        function(
            "compat.v1.pad", "x", 0, 0, {"paddings": [[0, 0]] * 4, "mode": "REFLECT"}
        ),
        function("math.truediv", "_CONSTANT_VALUE", -1, 1.0, {"y": ["x", 0, 0]}),
        function("nn.softmax", "x", 0, 0, {"axis": 1}),
        function("math.truediv", "x", 0, 0, {"y": 0.0}),
        function("io.read_file", "x", 0, 0, {}),
        function("cast", "x", 0, 0, {"dtype": "int32"}),
        function("cast", "x", 0, 0, {"dtype": "bool"}),
        function("math.l2_normalize", "x", 0, 0, {"axis": [1, 2]}),
        function("math.l2_normalize", "x", 0, 0, {"axis": -1, "epsilon": 0.01}),
        graph_op("Cast", {}, DstT={"type": "DT_UINT8"}),
        graph_op("BiasAdd", {"1": [1.0] * 4}, data_format={"s": "TkNIVw=="}),
        graph_op("ResizeBilinear", {"1": [8, 8]}, half_pixel_centers={"b": False}),
        graph_op("StridedSlice", {"1": [0], "2": [1], "3": [1]}),
    ],
)
def test_what_no_layer_does_stays_and_is_refused_later(entry):
    assert operation_as_layer(entry) is entry
