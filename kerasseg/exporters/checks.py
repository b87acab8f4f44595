"""What is refused before an export begins: formats, settings and names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from types import ModuleType

import keras

from kerasseg.errors import (
    ArgumentError,
    ExportError,
    MissingPackageError,
    did_you_mean,
)
from kerasseg.exporters.formats import FORMATS


def writer_of(
    format: str, quantization: str | None, representative_data: Iterable | None
) -> ModuleType:
    """The module that writes a format, if it can do so here, and as it is asked to.

    Raises:
        ArgumentError: There is no such format, or not with this quantization.
        ExportError: The backend is not TensorFlow.
        MissingPackageError: The format needs a package that is not installed.
    """
    if format not in FORMATS:
        known = ", ".join(map(repr, FORMATS))
        raise ArgumentError(
            f"format must be one of {known}.{did_you_mean(format, FORMATS)} "
            f"Received: {format!r}"
        )
    if keras.backend.backend() != "tensorflow":
        raise ExportError(
            f"Exports are written by the TensorFlow backend; this process uses "
            f"{keras.backend.backend()}. Save the model as .keras, which all backends "
            'read, set KERAS_BACKEND="tensorflow" and export it from there.'
        )
    writer = FORMATS[format]
    _check_quantization(writer, format, quantization, representative_data)
    _check_packages(writer, format)
    return writer


def _check_quantization(
    writer: ModuleType,
    format: str,
    quantization: str | None,
    representative_data: Iterable | None,
) -> None:
    if quantization is not None and quantization not in writer.QUANTIZATIONS:
        possible = ", ".join(map(repr, (None, *writer.QUANTIZATIONS)))
        raise ArgumentError(
            f"quantization must be one of {possible} for the format {format!r}. "
            f"Received: {quantization!r}"
        )
    if (quantization == "int8") != (representative_data is not None):
        raise ArgumentError(
            "representative_data must be given for quantization='int8', which measures "
            "the range of all values on it, and for nothing else. "
            f"Received: quantization={quantization!r}"
        )


def _check_packages(writer: ModuleType, format: str) -> None:
    for package in writer.PACKAGES:
        if find_spec(package) is None:
            extra = "openvino" if package == "openvino" else "onnx"
            raise MissingPackageError(package, extra, f"The format {format!r}")


def check_class_names(model: keras.Model, names: Sequence[str] | None) -> None:
    """Raises `ArgumentError` unless there is a name for each score of the model."""
    if isinstance(names, str):  # three letters would name three scores
        raise ArgumentError(
            f"class_names must be a list of names. Received: class_names={names!r}"
        )
    if names is None or len(model.outputs) != 1:
        return
    scores = model.outputs[0].shape[-1]
    if len(names) != scores and (len(names), scores) != (2, 1):
        raise ArgumentError(
            f"class_names must name the {scores} scores of the model '{model.name}'. "
            f"Received: {len(names)} names"
        )
