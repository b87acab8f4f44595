"""One cell of the table."""

from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec

import keras
import numpy as np
import pytest
from checks.export_table.columns import COLUMNS
from checks.export_table.rows import ROWS

from kerasseg.errors import ExportError
from kerasseg.exporters import export
from kerasseg.exporters.trial_inputs import random_inputs, trial_sizes

# What a format cannot hold: row, column -> what its error says. The document tells why.
KNOWN_FAILURES = {
    ("UpSampling2D, bilinear", column): "OperatorNotAllowedInGraphError"
    for column in COLUMNS
}


@lru_cache(maxsize=1)
def net(row: str) -> keras.Model:
    """The model of a row, kept while its columns are measured."""
    return ROWS[row]()


def measure(row: str, column: str, folder) -> tuple[list[str], float] | ExportError:
    """The shapes tried and the largest difference, or why there is no file."""
    kind = COLUMNS[column]
    package = {"onnx": "tf2onnx", "openvino": "openvino"}.get(kind.format)
    if package and not find_spec(package):
        pytest.skip(f"{column} needs {package}")
    model = net(row)
    path = folder / f"net{kind.suffix}"
    options = {"quantization": kind.quantization, "tolerance": kind.tolerance}
    if kind.quantization == "int8":
        options["representative_data"] = _examples(model)
    try:
        report = export(model, path, kind.format, **options)
    except ExportError as error:
        return error
    return list(report.differences), report.largest_difference


def _examples(model: keras.Model) -> list[tuple[np.ndarray, ...]]:
    """Random images as the comparison tries them, but other ones."""
    size = trial_sizes(model)[0]
    batches = [random_inputs(model, size, seed) for seed in range(100, 108)]
    return [tuple(array[0] for array in batch.values()) for batch in batches]
