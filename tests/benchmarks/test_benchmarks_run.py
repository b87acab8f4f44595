"""Each benchmark runs, at a tiny size, and prints its table. No time is judged."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks"
SLIDING = ("heatmap_vs_sliding.py", "--only", "lenet5", "--size", "40", "--repeats=1")
MEMORY = ("conversion_memory.py", "--net", "LeNet5")


def run(script, *options):
    done = subprocess.run(
        [sys.executable, FOLDER / script, *options],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def cells(line):
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_heatmap_vs_sliding_prints_its_table():
    header, rule, row, *note = run(*SLIDING).splitlines()
    assert len(cells(header)) == len(cells(rule)) == len(cells(row))
    assert cells(row)[:2] == ["LeNet5 at 40²", "3×3"]
    assert cells(row)[2].endswith("×")
    assert "all cells" in cells(row)[-1]
    assert any("Multiply-adds" in line for line in note)


def test_heatmap_vs_sliding_compares_equal_results():
    (row,) = json.loads(run(*SLIDING, "--json"))
    assert row["difference"] < 1e-4
    assert row["cells"] == "3×3"


def test_heatmap_vs_sliding_refuses_an_unknown_net():
    with pytest.raises(AssertionError, match="invalid choice"):
        run("heatmap_vs_sliding.py", "--only", "resnet")


def test_conversion_memory_prints_its_table():
    header, _, *rows = run(*MEMORY).splitlines()
    assert "LeNet5" in header
    names = [cells(row)[0] for row in rows]
    assert names == ["`convert_to_fcn`", "`get_weights`, reshape, `set_weights`"]
    assert all(len(cells(row)) == len(cells(header)) for row in rows)
