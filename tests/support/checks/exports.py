"""A layer or model exported with unknown sizes must give the same elsewhere."""

import tempfile
from importlib.util import find_spec
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import ops


def check_exports(layer, *examples, tolerance=1e-5):
    """Exports to every format at hand and compares each file with its source.

    Args:
        layer: A layer or model, from one map or a list of maps to one tensor.
        examples: Lists of inputs, `(batch, height, width, channels)`, of different
            sizes but the same channels.
        tolerance: Largest difference over the largest output.
    """
    if keras.backend.backend() != "tensorflow":
        pytest.skip("SavedModel and LiteRT are written from the TensorFlow backend")
    model = _model_of_unknown_sizes(layer, examples[0])
    with tempfile.TemporaryDirectory() as folder:
        runners = [_saved_model(model, Path(folder)), _litert(model, Path(folder))]
        if find_spec("tf2onnx") and find_spec("onnxruntime"):
            runners.append(_onnx(model, Path(folder)))
        _compare(layer, examples, runners, tolerance)


def check_onnx(model, *examples, tolerance=1e-5):
    """The same for a whole model and ONNX alone; skips without the extra `onnx`."""
    pytest.importorskip("tf2onnx", reason="writing ONNX needs the extra onnx")
    pytest.importorskip("onnxruntime", reason="running ONNX needs the extra onnx")
    if keras.backend.backend() != "tensorflow":
        pytest.skip("unknown sizes go to ONNX from the TensorFlow backend")
    model(_one_or_all(examples[0]))
    with tempfile.TemporaryDirectory() as folder:
        _compare(model, examples, [_onnx(model, Path(folder))], tolerance)


def _compare(layer, examples, runners, tolerance):
    for inputs in examples:
        wanted = ops.convert_to_numpy(layer(_one_or_all(inputs)))
        for run in runners:
            result = run(inputs)
            assert result.shape == wanted.shape, run.__qualname__
            error = np.abs(result - wanted).max() / np.abs(wanted).max()
            assert error <= tolerance, f"{run.__qualname__}: {error}"


def _model_of_unknown_sizes(layer, inputs):
    symbols = [
        keras.Input((None, None, x.shape[-1]), dtype=str(x.dtype), name=f"map_{i}")
        for i, x in enumerate(inputs)
    ]
    model = keras.Model(_one_or_all(symbols), layer(_one_or_all(symbols)))
    model(_one_or_all(inputs))  # tf2onnx wants a model that was called
    return model


def _saved_model(model, folder):
    import tensorflow as tf

    model.export(folder / "saved", verbose=False)
    loaded = tf.saved_model.load(str(folder / "saved"))  # keeps its variables alive

    def run(inputs):
        return loaded.serve(_one_or_all([tf.constant(x) for x in inputs])).numpy()

    return run


def _litert(model, folder):
    import tensorflow as tf

    model.export(folder / "model.tflite", format="litert", verbose=False)
    interpreter = tf.lite.Interpreter(str(folder / "model.tflite"))

    def run(inputs):
        details = sorted(interpreter.get_input_details(), key=lambda d: d["name"])
        for detail, x in zip(details, inputs, strict=True):
            interpreter.resize_tensor_input(detail["index"], x.shape)
        interpreter.allocate_tensors()
        for detail, x in zip(details, inputs, strict=True):
            interpreter.set_tensor(detail["index"], x)
        interpreter.invoke()
        return interpreter.get_tensor(interpreter.get_output_details()[0]["index"])

    return run


def _onnx(model, folder):
    import onnxruntime

    model.export(folder / "model.onnx", format="onnx", verbose=False)
    session = onnxruntime.InferenceSession(str(folder / "model.onnx"))

    def run(inputs):
        names = sorted(argument.name for argument in session.get_inputs())
        return session.run(None, dict(zip(names, inputs, strict=True)))[0]

    return run


def _one_or_all(inputs):
    return inputs[0] if len(inputs) == 1 else list(inputs)
