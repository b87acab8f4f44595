"""The benchmark of training runs, at a tiny size. No time is judged."""

import importlib.util
import json
from pathlib import Path

FILE = Path(__file__).parents[2] / "benchmarks" / "training_overhead.py"


def test_it_prints_its_table(tensorflow, capsys):
    spec = importlib.util.spec_from_file_location("training_overhead", FILE)
    benchmark = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(benchmark)
    tiny = (
        *("--epochs", "2", "--steps", "2", "--validation-steps", "1", "--rounds", "1"),
        *("--filters", "2", "--batch", "1", "--height", "16", "--width", "16"),
    )
    benchmark.main([*tiny, "--json"])
    row = json.loads(capsys.readouterr().out)
    ours, bare = row["kerasseg.training.fit s"], row["model.fit s"]
    assert row["ratio"] == ours / bare > 0
    header, rule, line = benchmark.table(row).splitlines()
    assert header.count("|") == rule.count("|") == line.count("|")
