import errno
import json
import os
import signal

import keras
import numpy as np
import pytest
from checks.cut_runs import (
    Cut,
    CutAt,
    SquaresOnLine,
    cut,
    fit_line,
    small_model,
    terminate,
)
from checks.failing_disk import FailingDisk
from checks.killed_runs import OUTCOME, RunServer, kill_many_times
from checks.training_runs import EPOCHS, STEPS, train

from kerasseg.errors import ArgumentError, FileError
from kerasseg.training.position import Position
from kerasseg.training.resumable_checkpoint import ResumableCheckpoint
from kerasseg.training.termination import TrainingTerminated


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    outcomes = {}

    def _outcome(net):
        if net not in outcomes:
            outcomes[net] = train(net, tmp_path_factory.mktemp(net))
        return outcomes[net]

    return _outcome


@pytest.mark.parametrize(
    ("net", "event", "count", "every_steps"),
    [
        ("unet", "on_train_batch_end", 2, 1),
        ("segnet", "on_train_batch_end", STEPS + 2, 2),
        ("unet", "on_test_end", 1, 1),
        ("segnet", "on_epoch_end", 1, 1),
        ("unet", "on_epoch_end", EPOCHS, 2),
    ],
)
def test_a_run_that_was_cut_ends_with_the_same_bits(
    uninterrupted, tmp_path, net, event, count, every_steps
):
    with pytest.raises(Cut):
        train(net, tmp_path, CutAt(event, count, cut), every_steps=every_steps)
    again = train(net, tmp_path, every_steps=every_steps)
    assert again == uninterrupted(net)


@pytest.mark.parametrize(
    ("event", "count", "position"),
    [
        ("on_train_batch_begin", 2, Position(0, 2, 1)),
        ("on_test_batch_begin", 2, Position(0, STEPS, 1)),
        ("on_epoch_end", 1, Position(1)),
    ],
)
def test_sigterm_saves_and_exits(uninterrupted, tmp_path, event, count, position):
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(SystemExit) as caught:
        train("unet", tmp_path, CutAt(event, count, terminate), every_steps=100)
    assert isinstance(caught.value, TrainingTerminated)
    assert caught.value.code == 75
    assert caught.value.path.exists()
    assert signal.getsignal(signal.SIGTERM) is before
    checkpoint = ResumableCheckpoint(tmp_path)
    model = small_model()
    with pytest.raises(FileError, match="belongs to another run"):
        checkpoint.restore(model)
    found = checkpoint.folder.read_newest(lambda contents: None)
    assert Position(*found.facts["position"]) == position
    assert train("unet", tmp_path, every_steps=100) == uninterrupted("unet")


def test_sigterm_at_the_end_of_the_training_exits_too(tmp_path):
    before = signal.getsignal(signal.SIGTERM)
    for _ in range(2):  # to the end, and once more with nothing left to do
        with pytest.raises(TrainingTerminated) as caught:
            stop = CutAt("on_train_end", 1, terminate)
            fit_line(small_model(), SquaresOnLine(), tmp_path, stop)
        assert caught.value.code == 75
        assert caught.value.path == tmp_path / "step-0000000012.npz"
        assert signal.getsignal(signal.SIGTERM) is before
    fit_line(small_model(), SquaresOnLine(), tmp_path)


def test_sigterm_is_sent_on_where_nothing_was_saved(tmp_path):
    seen = []
    before = signal.signal(signal.SIGTERM, lambda *_: seen.append("user"))
    try:
        stop = CutAt("on_train_end", 1, terminate)
        fit_line(small_model(), SquaresOnLine(), tmp_path, stop, epochs=0)
    finally:
        signal.signal(signal.SIGTERM, before)
    assert seen == ["user"]


def test_a_finished_run_may_be_made_longer(uninterrupted, tmp_path):
    train("unet", tmp_path, epochs=1)
    assert train("unet", tmp_path) == uninterrupted("unet")
    assert train("unet", tmp_path)["epochs"] == [0, 1]  # and nothing more to do


@pytest.mark.parametrize(
    "arguments",
    [{"every_steps": 0}, {"every_minutes": -1.0}, {"every_minutes": "1"}, {"keep": 0}],
)
def test_bad_arguments_are_refused(tmp_path, arguments):
    (name,) = arguments
    with pytest.raises(ArgumentError, match=f"Received: {name}="):
        ResumableCheckpoint(tmp_path, **arguments)


def test_data_of_unknown_length_are_refused_before_the_first_step(tmp_path):
    model = small_model()
    data = SquaresOnLine().epoch(0).filter(lambda *batch: True)
    checkpoint = ResumableCheckpoint(tmp_path / "run", every_steps=1)
    before = [array.copy() for array in model.get_weights()]
    with pytest.raises(ArgumentError, match="pass steps_per_epoch to"):
        model.fit(data, epochs=1, verbose=0, callbacks=[checkpoint])
    for array, same in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(array, same)


def test_a_resumed_run_saves_as_often_as_before(tmp_path):
    options = {"every_steps": 3, "keep": 9}
    with pytest.raises(Cut):
        until = CutAt("on_train_batch_end", 5, cut)
        fit_line(small_model(), SquaresOnLine(), tmp_path, until, **options)
    fit_line(small_model(), SquaresOnLine(), tmp_path, **options)
    saved = [int(path.stem.split("-")[1]) for path in sorted(tmp_path.iterdir())]
    assert saved == [3, 6, 9, 12]


def test_a_full_disk_stops_the_run_and_leaves_the_last_checkpoint(tmp_path):
    def fail():
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    fit_line_until = CutAt("on_train_batch_end", 3, cut)
    with pytest.raises(Cut):
        fit_line(small_model(), SquaresOnLine(), tmp_path, fit_line_until)
    with FailingDisk(fail, 5).installed(), pytest.raises(FileError, match="No space"):
        fit_line(small_model(), SquaresOnLine(), tmp_path)
    model = small_model()
    assert ResumableCheckpoint(tmp_path).restore(model) == Position(0, 2, 1)


def check_kills(net, folder, epochs, kills):
    with RunServer() as server:
        (folder / "uninterrupted").mkdir()
        assert server.train(net, folder / "uninterrupted", epochs)
        wanted = json.loads((folder / "uninterrupted" / OUTCOME).read_text())
        outcomes = kill_many_times(server, net, folder, epochs, kills, seed=1)
    assert outcomes
    assert all(outcome == wanted for outcome in outcomes)


needs_fork = pytest.mark.skipif(
    not hasattr(os, "fork") or keras.backend.backend() != "tensorflow",
    reason="forks processes that run TensorFlow",
)


@needs_fork
@pytest.mark.parametrize(("net", "kills"), [("unet", 3), ("segnet", 2)])
def test_a_run_that_is_killed_ends_with_the_same_bits(tmp_path, net, kills):
    check_kills(net, tmp_path, epochs=2, kills=kills)


@needs_fork
@pytest.mark.long
@pytest.mark.parametrize("net", ["unet", "segnet"])
def test_a_run_that_is_killed_fifty_times_ends_with_the_same_bits(tmp_path, net):
    check_kills(net, tmp_path, epochs=12, kills=50)
