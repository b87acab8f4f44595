"""The benchmark of training runs, at a tiny size. No time is judged."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest

FILE = Path(__file__).parents[2] / "benchmarks" / "training_overhead.py"


@pytest.fixture
def benchmark(tensorflow):
    spec = importlib.util.spec_from_file_location("training_overhead", FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_it_prints_its_table(benchmark, capsys):
    tiny = (
        *("--epochs", "2", "--steps", "2", "--validation-steps", "1"),
        *("--filters", "2", "--batch", "1", "--height", "16", "--width", "16"),
    )
    benchmark.main([*tiny, "--json"])
    row = json.loads(capsys.readouterr().out)
    ours, bare = row["kerasseg.training.fit s"], row["model.fit s"]
    assert row["ratio"] == pytest.approx(ours / bare)
    header, rule, line = benchmark.table(row).splitlines()
    assert header.count("|") == rule.count("|") == line.count("|")


def test_first_two_epochs_are_told_apart(benchmark):
    row = benchmark.compared(np.array([5.0, 2, 2, 4]), np.array([7.0, 3, 3, 4]))
    assert row["once s"] == 3.0  # 5 + 2 against 7 + 3
    assert (row["model.fit s"], row["kerasseg.training.fit s"]) == (3.0, 3.5)
    assert row["ratio"] == pytest.approx(7 / 6)
    assert (row["lower quartile"], row["upper quartile"]) == (1.125, 1.375)
