import argparse
import json

import pytest

from kerasseg.cli.train_report import report


def reported(capsys, folder, last, **options):
    """What is printed of a run with these numbers."""
    best = {"epoch": 1, "monitor": "loss", "value": 0.0}
    metrics = {"epochs": 1, "last": last, "best": best | options.pop("best", {})}
    (folder / "metrics.json").write_text(json.dumps(metrics))
    report(argparse.Namespace(**{"json": False, **options}), folder, folder, 1.0)
    return capsys.readouterr()


def test_a_run_without_a_best_epoch_says_why(capsys, tmp_path):
    none = {"epoch": None, "value": None}
    told = reported(capsys, tmp_path, {"loss": None}, best=none)
    assert told.out.startswith("Best: none, as no epoch had a finite loss, ")


def test_the_best_by_another_monitor_is_still_there(capsys, tmp_path):
    (tmp_path / "best.keras").touch()
    none = {"epoch": None, "value": None}
    told = reported(capsys, tmp_path, {"loss": 1.0}, best=none)
    first = f"Best: none by loss yet; by the monitor before: {tmp_path / 'best.keras'}"
    assert told.out.splitlines()[0] == first


NOTHING = {"loss": 0.0, "mean_iou": 0.0, "val_loss": 0.0, "val_mean_iou": 0.0}


@pytest.mark.parametrize("as_json", [False, True])
@pytest.mark.parametrize(
    ("last", "parts"),
    [
        (NOTHING, ["training", "validation"]),
        ({**NOTHING, "loss": 0.1}, ["validation"]),
        ({"loss": 0.0, "mean_iou": 0.0}, ["training"]),
        ({"loss": 0.0, "mean_iou": 1.0}, []),  # all right
        ({"loss": 2.0, "mean_iou": 0.0}, []),  # all wrong
        ({"loss": None, "mean_iou": 0.0}, []),
        ({"loss": 0.0}, []),
    ],
)
def test_masks_of_which_no_pixel_counts_are_told(
    capsys, tmp_path, last, parts, as_json
):
    told = reported(capsys, tmp_path, last, json=as_json)
    warnings = told.err.splitlines()
    assert len(warnings) == len(parts)
    for warning, part in zip(warnings, parts, strict=True):
        assert f"no pixel of the {part} counted" in warning
    assert "counted" not in told.out
