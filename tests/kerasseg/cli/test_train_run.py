import argparse
from types import SimpleNamespace

from checks.commands import run_command
from checks.data_folders import ids, photo, write

from kerasseg.cli.train_run import Training
from kerasseg.run_files import CONFIG


def test_without_a_best_net_nothing_is_refreshed(capsys, tmp_path):
    everything = SimpleNamespace(is_chief=True)
    training = Training(argparse.Namespace(), {}, None, None, None, everything, 0)
    training._refresh(tmp_path)
    assert "no statistics were refreshed" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_resumed_run_may_be_judged_otherwise(capsys, tmp_path):
    for name in "abcd":
        write(tmp_path / f"data/images/{name}.png", photo(height=16, width=16))
        write(tmp_path / f"data/masks/{name}.png", ids(2, height=16, width=16))
    run = tmp_path / "run"
    small = [
        "--model",
        "UNet",
        "--option",
        "padding=same",
        "--option",
        "base_filters=2",
    ]
    small += ["--option", "depth=1", "--option", "batch_normalization=True"]
    small += ["--batch-size", 2, "--refresh-statistics"]
    first = run_command(
        capsys, "train", tmp_path / "data", "-o", run, *small, "--epochs", 1, "--json"
    )
    assert first.code == 0, first.err
    assert first.json["best"]["monitor"] == "val_mean_iou"
    refreshed = run / "best_refreshed.keras"
    refreshed.unlink()
    other = ["--no-refresh-statistics", "--monitor", "loss", "--epochs", 2, "--json"]
    second = run_command(capsys, "train", "-o", run, "--resume", *other)
    assert second.code == 0, second.err
    assert second.json["best"]["monitor"] == "loss"
    assert second.json["best"]["value"] == second.json["last"]["loss"]
    assert not refreshed.exists()
    assert 'monitor = "loss"' in (run / CONFIG).read_text()
    third = run_command(capsys, "train", "-o", run, "--resume", "--monitor", "val_loss")
    assert third.out.startswith("Best: none by val_loss yet; by the monitor before: ")
