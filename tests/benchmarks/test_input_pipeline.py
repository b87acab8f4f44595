"""The benchmark reads what it writes, and prints its table. No time is judged."""

import importlib
import json
from pathlib import Path

import numpy as np
import pytest

from kerasseg.data import open_dataset

FOLDER = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def benchmark(tensorflow, monkeypatch):
    monkeypatch.syspath_prepend(FOLDER)
    return importlib.import_module("input_pipeline")


def test_prints_its_table(benchmark, capsys):
    benchmark.main(
        ["--tiny", "--images", "3", "--batch", "2", "--steps", "1", "--json"]
    )
    captured = capsys.readouterr()
    rows = json.loads(captured.out)
    assert [row["changes"] for row in rows[::2]] == ["none", "flip", "camvid", "unet"]
    assert all(row["faster"] > 0 for row in rows)
    assert "noise" in captured.err
    lines = benchmark.table(rows).splitlines()
    assert len({line.count("|") for line in lines}) == 1


def test_noise_is_a_data_set_like_camvid(benchmark, tmp_path):
    benchmark.write_noise(tmp_path, 2, (6, 8))
    dataset = open_dataset(tmp_path, "camvid", "train")
    assert len(dataset) == 2
    assert dataset[1].image.shape == (6, 8, 3)
    assert np.all(dataset[1].mask <= 11)
