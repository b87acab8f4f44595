"""The ways that the benchmark races give the same numbers; the table is printed."""

import importlib
import json
from pathlib import Path

import numpy as np
import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks"
TINY = ["--shape", "1", "6", "4", "2", "--repeats", "1", "--eager", "--no-memory"]


@pytest.fixture
def load(tensorflow, monkeypatch):
    """Loads a benchmark as a module; its neighbours are found as when it is run."""
    monkeypatch.syspath_prepend(FOLDER)
    return importlib.import_module


def test_prints_its_table(load, capsys):
    pytest.importorskip("torch")
    benchmark = load("unpooling")
    benchmark.main([*TINY, "--json"])
    rows = json.loads(capsys.readouterr().out)
    assert [row["side"] for row in rows] == ["kerasseg", "scatter", "PyTorch"]
    assert [row["index bytes"] for row in rows] == [1, 8, 8]
    assert all(row["both ratio"] > 0 for row in rows)
    lines = benchmark.table(rows).splitlines()
    assert len({line.count("|") for line in lines}) == 1


def test_leaves_pytorch_out_where_it_is_missing(load, monkeypatch, capsys):
    runs, benchmark = load("unpooling_runs"), load("unpooling")
    monkeypatch.setattr(runs, "find_spec", lambda name: None)
    benchmark.main([*TINY, "--json"])
    captured = capsys.readouterr()
    assert len(json.loads(captured.out)) == 2
    assert "PyTorch is not installed" in captured.err


def test_other_numbers_stop_the_benchmark(load, monkeypatch):
    benchmark = load("unpooling")
    numbers = {"kerasseg": 0.0, "scatter": 1.0}
    monkeypatch.setattr(
        benchmark, "runner", lambda side, *_: lambda: [np.full(2, numbers[side])]
    )
    with pytest.raises(SystemExit, match="scatter"):
        benchmark.check_equal((1, 2, 2, 1), {side: ["graph"] for side in numbers})
