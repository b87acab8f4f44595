"""LiteRT (TensorFlow Lite): float32, float16, dynamic range and int8."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np

from kerasseg.exporters.settings import Runner, Settings, input_names

SUFFIX = ".tflite"
PACKAGES = ()
QUANTIZATIONS = ("float16", "dynamic", "int8")

LABELS = "labels.txt"
"""Where LiteRT's own tools look for class names: in a zip at the end of the file."""


def write(model: keras.Model, path: Path, settings: Settings) -> list[str]:
    """Writes the file; returns remarks."""
    model.export(
        path, format="litert", verbose=False, **_converter_options(model, settings)
    )
    if settings.class_names:
        with zipfile.ZipFile(path, "a") as attached:
            attached.writestr(LABELS, "\n".join(settings.class_names) + "\n")
    # TensorFlow's own operations stand in the file as custom ones of such names.
    if b"FlexResize" in path.read_bytes() or b"\x00Flex" in path.read_bytes():
        return ["runs only where LiteRT was built with TensorFlow's operations (Flex)"]
    return []


def open_file(path: Path, model: keras.Model) -> Runner:
    """Loads the file in LiteRT's interpreter."""
    interpreter = _interpreter(path)
    signature = interpreter.get_signature_runner()

    def run(inputs: dict[str, np.ndarray]) -> list[np.ndarray]:
        outputs = signature(**{name: inputs[name] for name in input_names(model)})
        return [outputs[f"output_{i}"] for i in range(len(outputs))]

    run.interpreter = interpreter  # which owns the memory of the signature
    return run


def _interpreter(path: Path):
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError:
        import tensorflow as tf

        Interpreter = tf.lite.Interpreter
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*Interpreter is deprecated")
        return Interpreter(str(path))


def _converter_options(model: keras.Model, settings: Settings) -> dict:
    import tensorflow as tf

    if settings.quantization is None:
        return {}
    options = {"optimizations": [tf.lite.Optimize.DEFAULT]}
    if settings.quantization == "float16":
        options["target_spec"] = {"supported_types": [tf.float16]}
    elif settings.quantization == "int8":
        options["representative_dataset"] = lambda: examples(model, settings)
    return options


def examples(model: keras.Model, settings: Settings) -> Iterator[dict]:
    """Each example as a batch of one, by the names of the inputs."""
    names = input_names(model)
    for example in settings.representative_data:
        arrays = example if isinstance(example, (tuple, list)) else [example]
        arrays = [np.asarray(array, np.float32) for array in arrays]
        yield {
            name: array[None] if array.ndim < len(tensor.shape) else array
            for name, tensor, array in zip(names, model.inputs, arrays, strict=True)
        }
