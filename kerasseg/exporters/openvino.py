"""OpenVINO's intermediate representation, an .xml file with a .bin beside it."""

from __future__ import annotations

import tempfile
from pathlib import Path

import keras
import numpy as np

from kerasseg.exporters.settings import Runner, Settings, input_names

SUFFIX = ".xml"
PACKAGES = ("openvino",)
QUANTIZATIONS = ("float16",)


IN_FLOAT32 = (
    "compared in float32; on CPUs with bfloat16, OpenVINO rounds all values to that, "
    'unless you say compile_model(…, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})'
)
"""The hint has no place in the file: OpenVINO does not read it from `rt_info`."""


def write(model: keras.Model, path: Path, settings: Settings) -> list[str]:
    """Writes both files."""
    import openvino

    with tempfile.TemporaryDirectory() as folder:
        model.export(folder, format="tf_saved_model", verbose=False)
        converted = openvino.convert_model(folder)
    facts = {"preprocess": settings.preprocess}
    if settings.class_names:
        # The form that OpenVINO's own Model API reads: blanks between the names.
        facts["labels"] = " ".join(n.replace(" ", "_") for n in settings.class_names)
    for name, value in facts.items():
        converted.set_rt_info(value, ["model_info", name])
    halved = settings.quantization == "float16"
    openvino.save_model(converted, str(path), compress_to_fp16=halved)
    return [IN_FLOAT32]


def open_file(path: Path, model: keras.Model) -> Runner:
    """Compiles the file for the CPU, in full precision."""
    import openvino

    hints = {"INFERENCE_PRECISION_HINT": "f32"}
    compiled = openvino.Core().compile_model(str(path), "CPU", hints)

    def run(inputs: dict[str, np.ndarray]) -> list[np.ndarray]:
        outputs = compiled({name: inputs[name] for name in input_names(model)})
        return [np.array(outputs[output]) for output in compiled.outputs]

    return run
