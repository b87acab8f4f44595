"""ONNX, written by tf2onnx through Keras and run by onnxruntime."""

from __future__ import annotations

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

    model.export(path, format="onnx", verbose=False)
    graph = onnx.load(str(path))
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
