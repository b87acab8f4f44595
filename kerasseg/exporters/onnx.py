"""ONNX, written by tf2onnx through Keras and run by onnxruntime."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import keras
import numpy as np

from kerasseg.exporters.settings import Runner, Settings, input_names

SUFFIX = ".onnx"
PACKAGES = ("tf2onnx", "onnx", "onnxruntime")
QUANTIZATIONS = ()


def write(model: keras.Model, path: Path, settings: Settings) -> list[str]:
    """Writes the file, with class names and preprocessing among its metadata."""
    import onnx

    _call_once(model)
    with _functions_inlined(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*np.object", module="keras")
        model.export(path, format="onnx", verbose=False)
    graph = onnx.load(str(path))
    _name_axes(graph.graph)
    facts = {"preprocess": settings.preprocess}
    if settings.class_names:
        facts["class_names"] = "\n".join(settings.class_names)
    onnx.helper.set_model_props(graph, facts)
    onnx.save(graph, str(path))
    return []


def open_file(path: Path, model: keras.Model) -> Runner:
    """Loads the file in onnxruntime."""
    import onnxruntime

    session = onnxruntime.InferenceSession(
        str(path), providers=["CPUExecutionProvider"]
    )

    def run(inputs: dict[str, np.ndarray]) -> list[np.ndarray]:
        return session.run(None, {name: inputs[name] for name in input_names(model)})

    return run


def _name_axes(graph) -> None:
    """Open axes are the batch, heights and widths, not tf2onnx's `unk__14`.

    Axes of one name must have one size, and so only the batch has one name everywhere.
    """
    for values, kind in ((graph.input, ""), (graph.output, "output_")):
        for number, value in enumerate(values):
            prefix = kind if len(values) == 1 else f"{kind or 'input_'}{number}_"
            sizes = value.type.tensor_type.shape.dim
            for axis, size in enumerate(sizes):
                if size.dim_param:
                    size.dim_param = _axis_name(axis, len(sizes), prefix)


def _axis_name(axis: int, rank: int, prefix: str) -> str:
    if axis == 0:
        return "batch"
    known = ("height", "width") if rank in (3, 4) else ()
    return prefix + dict(enumerate(known, 1)).get(axis, f"axis_{axis}")


def _call_once(model: keras.Model) -> None:
    """Keras writes only models that were called, though it need not be on numbers."""
    images = [keras.KerasTensor(x.shape, x.dtype) for x in model.inputs]
    model(images[0] if len(images) == 1 else images)


@contextmanager
def _functions_inlined() -> Iterator[None]:
    """Writes functions in the graph as the operations that they are made of.

    Keras wraps convolutions in groups in a function for XLA, and tf2onnx knows no calls
    of functions. The graph itself is traced all the same.
    """
    import tensorflow as tf

    before = tf.config.functions_run_eagerly()
    tf.config.run_functions_eagerly(True)
    try:
        yield
    finally:
        tf.config.run_functions_eagerly(before)
