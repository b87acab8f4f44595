"""The benchmark of tiles runs at a tiny size. No time is judged."""

import importlib.util
import json
import sys
from pathlib import Path

import numpy as np
import pytest

PATH = Path(__file__).parents[2] / "benchmarks" / "tiled.py"


@pytest.fixture
def benchmark(monkeypatch, tensorflow):
    if sys.platform != "linux":
        pytest.skip("reads /proc")
    spec = importlib.util.spec_from_file_location("tiled", PATH)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_one_case_in_this_process(benchmark, capsys):
    case = {"way": "cropped", "megapixels": 0.04, "tile": 128}
    benchmark.main(["--case", json.dumps(case)])
    row = json.loads(capsys.readouterr().out)
    assert row["megapixels"] == 0.04
    assert 0 <= row["above imports MB"] < row["peak MB"]
    assert row["seconds"] > 0
    assert 0 <= row["mean score"] <= 1


def test_monai_blends_as_we_do_or_is_skipped(benchmark):
    ours = benchmark.run_case("blended", 0.04, 128)
    theirs = benchmark.run_case("MONAI", 0.04, 128)
    if "skipped" in theirs:
        pytest.skip(theirs["skipped"])
    assert ours["mean score"] == pytest.approx(theirs["mean score"], rel=1e-3)


def test_images_are_the_same_whatever_their_size(benchmark, tmp_path):
    image = benchmark.textured(tmp_path / "a", 100)
    assert image.shape == (100, 100)
    np.testing.assert_array_equal(image[64:], image[:36])
    assert image.std() > 50


def test_the_table(benchmark):
    row = {"way": "cropped", "megapixels": 5.0, "tile": 64, "seconds": 2.0}
    row |= {"peak MB": 100.0, "above imports MB": 10.0, "megapixels a second": 2.5}
    lines = benchmark.table([row, {**row, "peak MB": 105.0}]).splitlines()
    assert lines[0].count("|") == lines[1].count("|") == lines[2].count("|")
    assert lines[-1].endswith("1.050")
