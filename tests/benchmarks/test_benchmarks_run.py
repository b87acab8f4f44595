"""Each benchmark runs, at a tiny size, and prints its table. No time is judged."""

import importlib.util
import json
import sys
from pathlib import Path

import numpy as np
import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks"
SLIDING = ["--only", "lenet5", "--size", "36", "--repeats", "1"]


@pytest.fixture
def load(monkeypatch):
    """Loads a benchmark as a module; its neighbours are found as when it is run."""
    monkeypatch.syspath_prepend(FOLDER)

    def _load(name):
        spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, name, module)
        spec.loader.exec_module(module)
        return module

    return _load


def cells(line):
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_heatmap_vs_sliding_prints_its_table(tensorflow, load, capsys):
    benchmark = load("heatmap_vs_sliding")
    benchmark.main([*SLIDING, "--json"])
    rows = json.loads(capsys.readouterr().out)
    assert [row["cells"] for row in rows] == ["2×2"]
    assert rows[0]["difference"] < 1e-4
    header, rule, line = benchmark.table(rows).splitlines()
    assert len(cells(header)) == len(cells(rule)) == len(cells(line))
    assert cells(line)[:2] == ["LeNet5 at 36²", "2×2"]
    assert "all cells" in cells(line)[-1]


def test_heatmap_vs_sliding_refuses_an_unknown_net(tensorflow, load):
    with pytest.raises(SystemExit):
        load("heatmap_vs_sliding").main(["--only", "resnet"])


def test_conversion_memory_prints_its_table(tensorflow, load, capsys):
    load("conversion_memory").main(["--net", "LeNet5"])
    header, _, *rows = capsys.readouterr().out.splitlines()
    assert "LeNet5" in header
    names = [cells(row)[0] for row in rows]
    assert names == ["`convert_to_fcn`", "`get_weights`, reshape, `set_weights`"]
    assert all(len(cells(row)) == len(cells(header)) for row in rows)


def test_dense_prints_its_table(tensorflow, load, capsys):
    benchmark = load("dense")
    benchmark.main(["--only", "lenet5", "--size", "34", "--repeats", "1", "--json"])
    rows = json.loads(capsys.readouterr().out)
    assert [row["cells"] for row in rows] == ["3×3"]
    assert rows[0]["difference"] <= 1e-5
    ways = {"plain", "sliding", "shifting", "dense", "coarse"}
    assert set(rows[0]["milliseconds"]) == ways
    # One score costs as much in every way, and of the trunk the windows share a part.
    assert 1 < rows[0]["work over sliding"] < 9
    header, rule, line = benchmark.table(rows).splitlines()
    assert len(cells(header)) == len(cells(rule)) == len(cells(line))
    assert cells(line)[:2] == ["lenet5 at 34²", "3×3"]


def test_dense_stops_where_the_ways_disagree(tensorflow, load):
    benchmark = load("dense")
    image = np.random.default_rng(0).random((34, 34, 1), "float32")
    ways = benchmark._ways(benchmark.lenet5(), image)
    ways["dense"][0].run = lambda: np.ones((3, 3, 10), "float32")
    with pytest.raises(SystemExit, match="predict_heatmap differs"):
        benchmark._check_agreement(ways)
