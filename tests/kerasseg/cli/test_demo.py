import json

import numpy as np
import pytest
from PIL import Image

from kerasseg import load_model
from kerasseg.cli.main import main

pytest.importorskip("sklearn")

FILES = ["lenet5.keras", "lenet5_fcn.keras", "names.txt", "page.png", "scene.png"]


@pytest.fixture(autouse=True)
def small_training(monkeypatch):
    monkeypatch.setattr("kerasseg.cli.demo_training.COPIES", 1)


def demo(folder, *options):
    return main(["demo", "-o", str(folder), "--epochs", "2", *options])


def test_json_tells_the_results_and_the_files_hold_them(tmp_path, capsys):
    folder = tmp_path / "new" / "demo"
    assert demo(folder, "--json") == 0
    results = json.loads(capsys.readouterr().out)
    assert results["windows"] == 57 * 89
    assert results["largest_difference"] <= 1e-5
    assert results["held_out_accuracy"] > 0.3
    assert results["times_as_fast"] > 1
    counts = [results[name] for name in ("right", "misnamed", "missed")]
    assert sum(counts) == results["placed"] == 24
    assert sorted(file.name for file in folder.iterdir()) == FILES
    assert sorted(results["written"]) == [str(folder / name) for name in FILES]
    with Image.open(folder / "scene.png") as picture:
        assert picture.size[0] > 1.5 * picture.size[1] > 500

    page = np.asarray(Image.open(folder / "page.png"), np.float32)[None, ..., None]
    scores = load_model(folder / "lenet5_fcn.keras").predict_on_batch(page / 255)
    window = page[:, 40:72, 80:112] / 255
    expected = load_model(folder / "lenet5.keras").predict_on_batch(window)
    np.testing.assert_allclose(scores[:, 10, 20], expected, atol=1e-5)


def test_text_tells_every_step_and_what_to_try_next(tmp_path, capsys):
    assert demo(tmp_path) == 0
    printed = capsys.readouterr()
    steps = [line[:2] for line in printed.out.splitlines() if line[:1].isdigit()]
    assert steps == [f"{step}." for step in range(1, 9)]
    assert f"kerasseg info {tmp_path / 'lenet5.keras'}" in printed.out
    assert "Epoch" not in printed.out


@pytest.mark.parametrize("name", FILES)
def test_existing_files_stop_it_before_the_training(tmp_path, capsys, name):
    (tmp_path / name).write_text("mine")
    assert demo(tmp_path) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert name in printed.err
    assert "--overwrite" in printed.err
    assert (tmp_path / name).read_text() == "mine"


def test_overwrite_replaces_them(tmp_path, capsys):
    (tmp_path / "scene.png").write_text("old")
    assert demo(tmp_path, "--overwrite", "--json") == 0
    assert (tmp_path / "scene.png").read_bytes()[1:4] == b"PNG"


def test_a_net_that_differs_is_not_written(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("kerasseg.cli.demo_comparison.TOLERANCE", -1)
    assert demo(tmp_path) == 1
    assert "differs from the sliding window" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("options", [["--epochs", "0"], ["--seed", "-1"]])
def test_impossible_options_are_wrong_usage(tmp_path, capsys, options):
    assert main(["demo", "-o", str(tmp_path), *options]) == 2
    assert options[0] in capsys.readouterr().err


def test_a_folder_that_cannot_be_is_named(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert demo(tmp_path / "file") == 1
    assert str(tmp_path / "file") in capsys.readouterr().err
