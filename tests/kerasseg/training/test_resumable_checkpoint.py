import json
import os
import signal

import keras
import numpy as np
import pytest
from checks.killed_runs import OUTCOME, RunServer, kill_many_times
from checks.training_runs import EPOCHS, STEPS, SquaresInNoise, train

from kerasseg.errors import ArgumentError, FileError, KerasSegWarning
from kerasseg.training.batches import endless_batches
from kerasseg.training.position import Position
from kerasseg.training.resumable_checkpoint import ResumableCheckpoint
from kerasseg.training.termination import TrainingTerminated


class Cut(Exception):
    pass


class CutAt(keras.callbacks.Callback):
    """Ends the training when an event has come so many times."""

    def __init__(self, event, count, how):
        super().__init__()
        self.count = count
        self.how = how
        setattr(self, event, self._tick)

    def _tick(self, *arguments, **options):
        self.count -= 1
        if self.count == 0:
            self.how()


def cut():
    raise Cut


def terminate():
    os.kill(os.getpid(), signal.SIGTERM)


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


def test_a_finished_run_may_be_made_longer(uninterrupted, tmp_path):
    train("unet", tmp_path, epochs=1)
    assert train("unet", tmp_path) == uninterrupted("unet")
    assert train("unet", tmp_path)["epochs"] == [0, 1]  # and nothing more to do


def small_model(units=3, optimizer="sgd", metrics=("mse",)):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(units, name="d")])
    model.compile(optimizer, "mse", metrics=list(metrics))
    return model


def fit_small(model, folder, *callbacks, **options):
    """Trains on eight vectors; returns the callback."""
    checkpoint = ResumableCheckpoint(folder, callbacks=callbacks, **options)
    checkpoint.restore(model)
    data = np.ones((8, 2)), np.ones((8, model.output_shape[-1]))
    callbacks = [*callbacks, checkpoint]
    model.fit(*data, batch_size=2, epochs=2, verbose=0, callbacks=callbacks)
    return checkpoint


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (
            {"units": 4},
            r"model variable 0 is .*d/kernel \(2, 3\) float32 there, .*\(2, 4",
        ),
        ({"optimizer": "adam"}, r"(?i)optimizer variable 0 is sgd/.* there, adam/"),
    ],
)
def test_a_run_of_another_model_is_refused(tmp_path, other, words):
    fit_small(small_model(), tmp_path)
    with pytest.raises(FileError, match=words):
        ResumableCheckpoint(tmp_path).restore(small_model(**other))


def test_unnamed_layers_may_have_other_numbers(tmp_path):
    def model():
        model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3)])
        model.compile("sgd", "mse")
        return model

    first, second = model(), model()
    assert first.layers[0].name != second.layers[0].name
    fit_small(first, tmp_path)
    assert ResumableCheckpoint(tmp_path).restore(second).epoch == 2
    np.testing.assert_array_equal(second.get_weights()[0], first.get_weights()[0])


def test_other_metrics_are_refused(tmp_path):
    data = SquaresOnLine()
    model = small_model()
    stop = CutAt("on_train_batch_end", 2, cut)
    with pytest.raises(Cut):
        fit_line(model, data, tmp_path, stop)
    with pytest.raises(
        ArgumentError, match=r"mean_squared_error.*there, mean_absolute_error"
    ):
        fit_line(small_model(metrics=["mae"]), data, tmp_path)


def test_data_of_another_length_are_refused(tmp_path):
    stop = CutAt("on_train_batch_end", 2, cut)
    with pytest.raises(Cut):
        fit_line(small_model(), SquaresOnLine(), tmp_path, stop)
    with pytest.raises(ArgumentError, match=r"had 4 steps .* Received: 5 steps"):
        fit_line(small_model(), SquaresOnLine(5), tmp_path)


class SquaresOnLine(SquaresInNoise):
    """Vectors in place of images."""

    def __init__(self, steps=4):
        self.steps_per_epoch = steps

    def epoch(self, epoch, start_step=0):
        import tensorflow as tf

        values = np.ones((self.steps_per_epoch - start_step, 2, 2), "float32")
        return tf.data.Dataset.from_tensor_slices(
            (values, np.ones((*values.shape[:2], 3)))
        )


def fit_line(model, data, folder, *extra):
    checkpoint = ResumableCheckpoint(folder, every_steps=1)
    start = checkpoint.restore(model)
    model.fit(
        endless_batches(data, start),
        steps_per_epoch=data.steps_per_epoch,
        initial_epoch=start.epoch,
        epochs=3,
        verbose=0,
        callbacks=[*extra, checkpoint],
    )


def test_an_earlier_run_is_not_overwritten_unasked(tmp_path):
    fit_small(small_model(), tmp_path)
    checkpoint = ResumableCheckpoint(tmp_path)
    with pytest.raises(FileError, match=r"is of an earlier run; call restore"):
        small_model().fit(
            np.ones((2, 2)), np.ones((2, 3)), verbose=0, callbacks=[checkpoint]
        )


def test_other_callbacks_begin_anew_with_a_warning(tmp_path):
    plateau = keras.callbacks.ReduceLROnPlateau("loss")
    fit_small(small_model(), tmp_path, plateau)
    assert plateau.best is not None
    with pytest.warns(KerasSegWarning, match="had the callbacks"):
        fit_small(small_model(), tmp_path, keras.callbacks.EarlyStopping("loss"))


def test_without_steps_and_minutes_each_epoch_is_saved(tmp_path):
    fit_small(small_model(), tmp_path, every_minutes=None, keep=9)
    assert [path.name for path in sorted(tmp_path.iterdir())] == [
        "step-0000000004.npz",
        "step-0000000008.npz",
    ]


def test_minutes_are_counted(tmp_path):
    fit_small(small_model(), tmp_path, every_minutes=1e-9, keep=99)
    assert len(list(tmp_path.iterdir())) == 8


@pytest.mark.parametrize(
    "arguments",
    [{"every_steps": 0}, {"every_minutes": -1.0}, {"every_minutes": "1"}, {"keep": 0}],
)
def test_bad_arguments_are_refused(tmp_path, arguments):
    (name,) = arguments
    with pytest.raises(ArgumentError, match=f"Received: {name}="):
        ResumableCheckpoint(tmp_path, **arguments)


def test_a_model_that_is_not_compiled_is_refused(tmp_path):
    with pytest.raises(ArgumentError, match="must be compiled"):
        ResumableCheckpoint(tmp_path).restore(keras.Sequential([keras.Input((2,))]))


def test_a_full_disk_stops_the_run_and_leaves_the_last_checkpoint(tmp_path):
    import errno

    from checks.failing_disk import FailingDisk

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
