import pytest

from kerasseg.cli.train_stages import clear_stages, unfinished_stage
from kerasseg.training import RunFolder
from kerasseg.training.checkpoint_file import write_checkpoint


def checkpoint(stage, step, position, steps_per_epoch=10):
    folder = stage / "checkpoints"
    folder.mkdir(parents=True, exist_ok=True)
    facts = {"position": position, "steps_per_epoch": steps_per_epoch}
    write_checkpoint(folder / f"step-{step:010d}.npz", facts, [])
    return folder / f"step-{step:010d}.npz"


@pytest.mark.parametrize(
    ("first", "second", "found"),
    [
        (None, None, 0),
        ([1, 9, 0, False], None, 0),
        ([2, 0, 0, False], None, 1),
        ([1, 0, 0, True], None, 1),  # stopped early
        ([2, 0, 0, False], [1, 3, 1, False], 1),
        ([1, 0, 0, False], [1, 0, 0, False], 1),  # to be longer than it was
        ([2, 0, 0, False], [2, 0, 0, False], 1),
    ],
)
def test_the_stage_to_go_on_with_is_the_first_that_is_not_done(
    tmp_path, first, second, found
):
    stages = [tmp_path / "fcn32s", tmp_path / "fcn16s"]
    for stage, position in zip(stages, (first, second), strict=True):
        if position is not None:
            checkpoint(stage, 7, position)
    assert unfinished_stage(stages, 20) == stages[found]


def test_of_a_torn_checkpoint_the_one_before_counts(tmp_path):
    stages = [tmp_path / "fcn32s", tmp_path / "fcn16s"]
    checkpoint(stages[0], 20, [2, 0, 0, False])
    checkpoint(stages[0], 30, [3, 0, 0, False]).write_bytes(b"PK")
    assert unfinished_stage(stages, 20) == stages[1]
    assert unfinished_stage(stages, 30) == stages[0]


def test_no_more_is_cleared_than_runs_wrote(tmp_path):
    for name in ("fcn32s/last.keras", "fcn16s/mine.txt", "other/last.keras"):
        (tmp_path / name).parent.mkdir()
        RunFolder((tmp_path / name).parent)
        (tmp_path / name).write_bytes(b"something")
    mine = tmp_path / "fcn8s" / "best.keras"  # of no run
    mine.parent.mkdir()
    mine.write_bytes(b"something")
    clear_stages(tmp_path)
    kept = {str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*.*")}
    assert kept == {
        *("fcn16s/mine.txt", "fcn8s/best.keras"),
        *("other/last.keras", "other/versions.json"),
    }
    assert not (tmp_path / "fcn32s").exists()
