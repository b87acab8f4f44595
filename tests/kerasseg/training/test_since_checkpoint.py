from checks.cut_runs import fit_small, small_model

from kerasseg.training.since_checkpoint import SinceCheckpoint


def test_steps_are_counted_from_the_last_checkpoint():
    since = SinceCheckpoint()
    since.add(2)
    assert since.has_reached(2, None)
    assert not since.has_reached(3, 10.0)
    assert not since.has_reached(None, None)
    since.restart()
    assert not since.has_reached(1, None)


def test_without_steps_and_minutes_each_epoch_is_saved(tmp_path):
    fit_small(small_model(), tmp_path, every_minutes=None, keep=9)
    assert [path.name for path in sorted(tmp_path.iterdir())] == [
        "step-0000000004.npz",
        "step-0000000008.npz",
    ]


def test_minutes_are_counted(tmp_path):
    fit_small(small_model(), tmp_path, every_minutes=1e-9, keep=99)
    assert len(list(tmp_path.iterdir())) == 8
