"""The peers in PyTorch compute what the nets of `zoo` do; the table is printed."""

import importlib
import json
import sys
from pathlib import Path

import numpy as np
import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def load(tensorflow, monkeypatch):
    """Loads a benchmark as a module; its neighbours are found as when it is run."""
    pytest.importorskip("torch")
    monkeypatch.syspath_prepend(FOLDER)
    return importlib.import_module


@pytest.mark.parametrize("name", ["unet", "unet572", "segnet", "fcn8s"])
def test_both_sides_give_the_same_scores(name, load):
    runs = load("network_runs")
    assert runs.difference(runs.CASES[name].tiny()) < 1e-6


def test_weights_of_another_net_are_refused(load):
    runs, peers = load("network_runs"), load("pytorch_networks")
    cases = [runs.CASES[name].tiny() for name in ("segnet", "unet")]
    with pytest.raises(ValueError, match="block1_conv1"):
        peers.move_weights(cases[0].build_ours(), cases[1].build_theirs())


def test_prints_its_table(load, capsys):
    benchmark = load("networks")
    options = ["--only", "unet", "--tiny", "--eager", "--no-memory", "--repeats", "1"]
    benchmark.main([*options, "--json"])
    (row,) = json.loads(capsys.readouterr().out)
    assert row["net"] == "UNet, 2 filters, 1×16×32"
    assert row["PyTorch training form"] == "eager"
    assert row["training ratio"] > 0
    header, rule, line = benchmark.table([row]).splitlines()
    assert header.count("|") == rule.count("|") == line.count("|")


def test_memory_is_the_most_that_a_run_takes(load, monkeypatch):
    benchmark = load("networks")
    megabytes = 200
    monkeypatch.setattr(
        benchmark,
        "runner",
        lambda *_: lambda: np.ones(megabytes * 2**20, "uint8").sum(),
    )
    most = benchmark._own_memory("kerasseg", "training", "graph", None)
    assert 0.9 * megabytes < most < 1.5 * megabytes


def test_says_what_is_missing_without_pytorch(load, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.delitem(sys.modules, "networks", raising=False)
    with pytest.raises(SystemExit, match="pip install torch"):
        load("networks")
