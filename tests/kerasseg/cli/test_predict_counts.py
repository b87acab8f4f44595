import argparse
import csv

import numpy as np
import pytest
from PIL import Image

from kerasseg.cli.predict_counts import count_objects, counts_path, write_counts
from kerasseg.cli.predict_inputs import Job


def test_against_scikit_image():
    measure = pytest.importorskip("skimage.measure")
    region = np.random.default_rng(0).random((60, 70)) < 0.5
    regions = measure.regionprops(measure.label(region, connectivity=1))
    for least in (1, 2, 10):
        pixels, objects = count_objects(region, least)
        assert pixels == region.sum()
        assert objects == sum(r.area >= least for r in regions)
    assert count_objects(np.zeros((3, 3), bool)) == (0, 0)


def options(path, worker=(0, 1), **changes):
    plain = {"min_size": 2, "overwrite": False, "resume": False, "output": "."}
    return argparse.Namespace(counts=path, worker=worker, **{**plain, **changes})


def test_the_table(tmp_path):
    labels = np.array([[0, 1, 0, 2], [0, 1, 0, 0]], np.uint8)
    Image.fromarray(labels).save(tmp_path / "a.png")
    job = Job(tmp_path / "a.jpg", tmp_path / "a.png")
    path = write_counts([job], ["sky", "cat", "dog"], 3, options(tmp_path / "n.csv"))
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row[1:] for row in csv.reader(file)]
    assert rows == [
        ["class", "name", "pixels", "objects"],
        ["0", "sky", "5", "2"],
        ["1", "cat", "2", "1"],
        ["2", "dog", "1", "0"],
    ]


def test_every_worker_has_its_own(tmp_path):
    assert counts_path(options("n.csv")).name == "n.csv"
    assert counts_path(options("n.csv", (1, 4))).name == "n-1-of-4.csv"
