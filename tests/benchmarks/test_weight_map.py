"""Both ways give the same map, and the table is printed. No time is judged."""

import importlib
import json
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks"
TINY = ["--size", "48", "--cells", "9", "--repeats", "1"]


@pytest.fixture
def benchmark(monkeypatch):
    monkeypatch.syspath_prepend(FOLDER)
    return importlib.import_module("weight_map")


def test_prints_its_table(benchmark, capsys):
    benchmark.main([*TINY, "--json"])
    rows = json.loads(capsys.readouterr().out)
    assert [row["way"] for row in rows] == ["kerasseg", "one transform a cell"]
    assert rows[0]["image"] == "48², 9 cells"
    assert rows[1]["ratio"] > 0
    lines = benchmark.table(rows).splitlines()
    assert len({line.count("|") for line in lines}) == 1


def test_other_numbers_stop_the_benchmark(benchmark, monkeypatch):
    monkeypatch.setattr(benchmark, "whole_transforms", lambda labels: labels + 9.0)
    with pytest.raises(SystemExit, match="differ"):
        benchmark.measure(48, 9, 1)
