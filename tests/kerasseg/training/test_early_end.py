import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasseg.training import fit


class UpAndDown(keras.callbacks.Callback):
    """Logs what gets better, and what gets worse."""

    def on_epoch_end(self, epoch, logs=None):
        logs["up"], logs["down"] = float(epoch), -float(epoch)


class StopAfter(keras.callbacks.Callback):
    """Ends a run for reasons of its own."""

    def on_epoch_end(self, epoch, logs=None):
        self.model.stop_training = True


def run(folder, epochs=4, monitor="down", callbacks=(), **options):
    """Trains; returns the epochs of the whole run."""
    arrays = np.ones((2, 4, 4, 1), "float32"), np.ones((2, 4, 4, 1), "float32")
    model = keras.Sequential([keras.Input((4, 4, 1)), keras.layers.Conv2D(1, 1)])
    model.compile("sgd", "mse")
    data = tf.data.Dataset.from_tensor_slices(arrays).batch(1)
    options = {"early_stopping": 1, "resume": True, "verbose": 0} | options
    return fit(
        *(model, data),
        epochs=epochs,
        run_dir=folder,
        monitor=monitor,
        callbacks=[UpAndDown(), *callbacks],
        **options,
    ).epoch


@pytest.mark.parametrize("torn", [False, True])
def test_a_run_goes_on_if_another_monitor_judges_it(tmp_path, capsys, torn):
    assert run(tmp_path) == [0, 1]
    if torn:
        (tmp_path / "checkpoints" / "step-0000000099.npz").write_bytes(b"torn")
    capsys.readouterr()
    assert run(tmp_path, monitor="up", epochs=3) == [0, 1, 2]
    assert capsys.readouterr().err == ""
    # The epoch since counts for the new monitor alone.
    assert run(tmp_path, epochs=9) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("monitor", ["down", None])
def test_a_run_that_stays_stopped_says_so(tmp_path, capsys, monitor):
    run(tmp_path, early_stopping=1)
    assert run(tmp_path, epochs=9, monitor=monitor) == [0, 1]
    wanted = "The run was stopped early after epoch 2, as down did not improve; nothing"
    assert capsys.readouterr().err.startswith(wanted)
    assert run(tmp_path, epochs=2) == [0, 1]  # no more were asked for
    assert capsys.readouterr().err == ""


def test_what_another_callback_stopped_stays_stopped(tmp_path, capsys):
    run(tmp_path, callbacks=[StopAfter()])
    assert run(tmp_path, monitor="up", callbacks=[StopAfter()]) == [0]
    wanted = "The run was stopped early after epoch 1; nothing is left to train.\n"
    assert capsys.readouterr().err == wanted
