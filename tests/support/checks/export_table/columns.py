"""The formats and quantisations of `kerasseg.export`."""

from __future__ import annotations

from typing import NamedTuple


class Column(NamedTuple):
    """A format as the table shows it, and the largest difference it may have."""

    format: str
    suffix: str
    quantization: str | None = None
    tolerance: float = 1e-5


# Of fewer bits the table states what was measured; what depends on random weights that
# much is bounded by nothing but its being a number.
COLUMNS = {
    "SavedModel": Column("tf_saved_model", ""),
    "ONNX": Column("onnx", ".onnx"),
    "LiteRT": Column("litert", ".tflite"),
    "OpenVINO": Column("openvino", ".xml"),
    "LiteRT float16": Column("litert", ".tflite", "float16", 1.0),
    "LiteRT dynamic": Column("litert", ".tflite", "dynamic", 1.0),
    "LiteRT int8": Column("litert", ".tflite", "int8", 1.0),
    "OpenVINO float16": Column("openvino", ".xml", "float16", 1.0),
}
