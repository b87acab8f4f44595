import keras
import numpy as np
import pytest
from checks.cut_runs import small_model
from checks.training_runs import SquaresInNoise, outcome

from kerasseg.errors import ArgumentError
from kerasseg.training.batches import endless_batches
from kerasseg.training.best_model import BestModel
from kerasseg.training.resumable_checkpoint import ResumableCheckpoint
from kerasseg.training.stop_at_step import StopAtStep


def train(folder, steps, *extra):
    """Epochs of three steps; returns the net, and what all that remember know."""
    keras.utils.set_random_seed(1)
    layers = [
        keras.layers.Conv2D(2, 1, name="conv"),
        keras.layers.Dropout(0.5, seed=3, name="dropout"),
    ]
    model = keras.Sequential([keras.Input((4, 4, 3)), *layers], name="net")
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.01), loss, metrics=["accuracy"])
    best = BestModel(folder / "best.keras", "loss")
    plateau = keras.callbacks.ReduceLROnPlateau("loss", patience=1, min_delta=9.0)
    early = keras.callbacks.EarlyStopping("loss", patience=3, min_delta=9.0)
    stateful = [plateau, early, best]
    checkpoint = ResumableCheckpoint(folder, callbacks=stateful)
    start = checkpoint.restore(model)
    data = SquaresInNoise(size=4)
    epochs = -(-steps // 3)
    model.fit(
        endless_batches(data, start),
        steps_per_epoch=3,
        initial_epoch=epochs if start.finished else start.epoch,
        epochs=epochs,
        verbose=0,
        callbacks=[
            *(*stateful, keras.callbacks.History(), *extra),
            *(StopAtStep(steps, 3, start), checkpoint),
        ],
    )
    return outcome(model, [plateau, early]), best


def newest(folder):
    return max(path.name for path in folder.glob("step-*.npz"))


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return train(tmp_path_factory.mktemp("whole"), 8)[0]


@pytest.mark.parametrize("steps", [2, 4, 6])
def test_a_run_that_ended_may_be_made_longer(whole, tmp_path, steps):
    ended, _ = train(tmp_path, steps)
    assert newest(tmp_path) == f"step-{steps:010d}.npz"
    assert train(tmp_path, steps)[0] == ended  # nothing is left to do
    assert train(tmp_path, 8)[0] == whole
    assert newest(tmp_path) == "step-0000000008.npz"


@pytest.mark.skipif(keras.backend.backend() == "torch", reason="runs one step at once")
def test_steps_beyond_the_last_are_refused():
    model = small_model()
    model.compile("sgd", "mse", steps_per_execution=4)
    data = np.ones((8, 2)), np.ones((8, 3))
    options = {"batch_size": 1, "epochs": 2, "verbose": 0}
    with pytest.raises(ArgumentError, match=r"steps=10, steps_per_execution=4"):
        model.fit(*data, callbacks=[StopAtStep(10, 8)], **options)
    assert int(model.optimizer.iterations) == 0
    model.fit(*data, callbacks=[StopAtStep(12, 8)], **options)
    assert int(model.optimizer.iterations) == 12


def test_an_early_stop_at_the_last_step_is_final(tmp_path):
    ended, _ = train(tmp_path, 12)
    assert ended["epochs"] == [0, 1, 2, 3]
    assert train(tmp_path, 15)[0] == ended


def test_a_stop_by_another_callback_within_an_epoch_is_final(tmp_path):
    class StopAtOnce(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            self.model.stop_training = True

    ended, _ = train(tmp_path, 4, StopAtOnce())
    assert newest(tmp_path) == "step-0000000001.npz"
    assert train(tmp_path, 8)[0] == ended


def test_the_best_net_of_an_epoch_that_was_cut_short_is_remembered(tmp_path):
    _, best = train(tmp_path, 2)
    kept = best.get_state()
    assert kept["best_epoch"] == 0
    before = (tmp_path / "best.keras").read_bytes()

    class Spoil(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            if batch:
                kernel = np.full((1, 1, 3, 2), [9.0, -9.0])
                self.model.get_layer("conv").kernel.assign(kernel)

    _, best = train(tmp_path, 6, Spoil())
    assert best.get_state() == kept
    assert (tmp_path / "best.keras").read_bytes() == before
