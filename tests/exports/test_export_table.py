"""The table in docs/exports.md, which `pytest -m long tests/exports` measures whole.

With KERASSEG_WRITE_EXPORTS=1 in the environment, what is measured is written there.
"""

import os
from pathlib import Path

import pytest
from checks.export_table import (
    COLUMNS,
    KNOWN_FAILURES,
    ROWS,
    measure,
    read_cells,
    write_cells,
)

import zoo
from kerasseg.errors import ExportError
from kerasseg.exporters.formats import FORMATS

# One net of each kind that is quick; the rest of the table takes minutes.
QUICK = [
    ("UNet", "SavedModel"),
    ("SegNetBasic", "LiteRT"),
    ("SegNetBasic", "ONNX"),
    ("SegNetBasic", "OpenVINO"),
    ("converted: output_stride=1", "LiteRT int8"),
    ("UpSampling2D, bilinear", "SavedModel"),
]


@pytest.fixture(autouse=True)
def only_tensorflow(tensorflow):
    """Exports are written by the TensorFlow backend."""


@pytest.mark.parametrize(("row", "column"), QUICK)
def test_quick_cells(row, column, tmp_path):
    check_cell(row, column, tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("row", ROWS)
def test_every_cell(row, column, tmp_path):
    cell = check_cell(row, column, tmp_path)
    if os.environ.get("KERASSEG_WRITE_EXPORTS"):
        write_cells({(row, column): cell})


def check_cell(row, column, folder):
    """Measures a cell of the table, and returns what to write in it."""
    result = measure(row, column, folder)
    expected = KNOWN_FAILURES.get((row, column))
    if isinstance(result, ExportError):
        assert expected and expected in str(result), result
        return "no"
    assert expected is None, "it works by now: the table may say so"
    shapes, difference = result
    assert len(shapes) == 2, "every net is tried at two sizes"
    return f"{difference:.1e}"


def test_the_table_is_complete():
    cells = read_cells()
    assert set(cells) == {(row, column) for row in ROWS for column in COLUMNS}
    for place, cell in cells.items():
        if place in KNOWN_FAILURES:
            assert cell == "no", place
        else:
            assert float(cell) <= COLUMNS[place[1]].tolerance, place


def test_the_table_has_every_network_and_format():
    assert set(zoo.list_models()) <= set(ROWS)
    assert {kind.format for kind in COLUMNS.values()} == set(FORMATS)
    for format, writer in FORMATS.items():
        there = {k.quantization for k in COLUMNS.values() if k.format == format}
        assert there == {None, *writer.QUANTIZATIONS}


def test_every_failure_has_its_cause_in_the_document():
    text = (Path(__file__).parents[2] / "docs" / "exports.md").read_text("utf-8")
    for row, column in KNOWN_FAILURES:
        assert f"`{row}`" in text.split("## What does not work")[1], (row, column)
