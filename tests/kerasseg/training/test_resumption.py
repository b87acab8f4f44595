import keras
import numpy as np
import pytest
from checks.cut_runs import (
    Cut,
    CutAt,
    SquaresOnLine,
    cut,
    fit_line,
    fit_small,
    small_model,
    terminate,
)
from checks.training_runs import SquaresInNoise, outcome

from kerasseg.errors import ArgumentError, FileError, KerasSegWarning
from kerasseg.training.batches import endless_batches
from kerasseg.training.resumable_checkpoint import ResumableCheckpoint
from kerasseg.training.termination import TrainingTerminated


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


several_at_once = pytest.mark.skipif(
    keras.backend.backend() == "torch", reason="runs one step at once"
)


def model_at_once(steps):
    keras.utils.set_random_seed(2)
    model = small_model()
    model.compile("sgd", "mse", metrics=["mse"], steps_per_execution=steps)
    return model


@several_at_once
@pytest.mark.parametrize(("before", "now"), [(1, 4), (4, 1), (2, 4)])
def test_another_number_of_steps_at_once_is_refused_amid_an_epoch(
    tmp_path, before, now
):
    data = SquaresOnLine(8)
    with pytest.raises(Cut):
        stop = CutAt("on_train_batch_end", 2, cut)
        fit_line(model_at_once(before), data, tmp_path, stop)
    problem = rf"steps_per_execution={before};.* Received: steps_per_execution={now}"
    with pytest.raises(ArgumentError, match=problem):
        fit_line(model_at_once(now), data, tmp_path)
    again, whole = model_at_once(before), model_at_once(before)
    fit_line(again, data, tmp_path)
    fit_line(whole, data, tmp_path / "whole")
    assert outcome(again) == outcome(whole)


@several_at_once
def test_another_number_of_steps_at_once_will_do_from_the_end_of_an_epoch_on(tmp_path):
    data = SquaresOnLine(8)
    fit_line(model_at_once(1), data, tmp_path, epochs=1)
    again, whole = model_at_once(4), model_at_once(1)
    fit_line(again, data, tmp_path, epochs=2)
    fit_line(whole, data, tmp_path / "whole", epochs=2)
    assert int(again.optimizer.iterations) == 16
    for a, b in zip(again.get_weights(), whole.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6)


def test_a_forgotten_initial_epoch_is_refused(tmp_path):
    data = SquaresOnLine()
    fit_line(small_model(), data, tmp_path, epochs=2)
    before = sorted(tmp_path.iterdir())
    model = small_model()
    checkpoint = ResumableCheckpoint(tmp_path, every_steps=1)
    start = checkpoint.restore(model)
    weights = [array.copy() for array in model.get_weights()]
    with pytest.raises(
        ArgumentError,
        match=r"epoch 2, .* initial_epoch=start\.epoch .* initial_epoch=0",
    ):
        model.fit(
            endless_batches(data, start),
            steps_per_epoch=data.steps_per_epoch,
            epochs=2,
            verbose=0,
            callbacks=[checkpoint],
        )
    checkpoint.close()
    assert sorted(tmp_path.iterdir()) == before
    for array, same in zip(model.get_weights(), weights, strict=True):
        np.testing.assert_array_equal(array, same)


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


def train_watched(folder, *extra, every_steps=1):
    """Epochs of three steps, of which early stopping ends the fifth."""
    keras.utils.set_random_seed(1)
    inputs, conv = keras.Input((4, 4, 3)), keras.layers.Conv2D(2, 3, padding="same")
    model = keras.Sequential([inputs, conv, keras.layers.Dropout(0.5, seed=3)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(1.0, momentum=0.9), loss, metrics=["accuracy"])
    never, best = {"min_delta": 99.0}, {"restore_best_weights": True}
    stateful = [
        keras.callbacks.LearningRateScheduler(lambda epoch, rate: 0.9 * rate),
        keras.callbacks.ReduceLROnPlateau(factor=0.5, patience=2, **never),
        keras.callbacks.EarlyStopping(patience=3, start_from_epoch=1, **never, **best),
    ]
    checkpoint = ResumableCheckpoint(folder, every_steps, None, callbacks=stateful)
    start = checkpoint.restore(model)
    data = SquaresInNoise(size=4)
    model.fit(
        endless_batches(data, start),
        steps_per_epoch=data.steps_per_epoch,
        initial_epoch=9 if start.finished else start.epoch,
        epochs=9,
        validation_data=SquaresInNoise(seed=1, size=4).epoch(0),
        verbose=0,
        callbacks=[*stateful, keras.callbacks.History(), *extra, checkpoint],
    )
    return outcome(model, stateful[1:])


@pytest.fixture(scope="module")
def watched(tmp_path_factory):
    found = train_watched(tmp_path_factory.mktemp("watched"))
    rates = [0.9, 0.9**2, 0.9**3, 0.9**4 / 2, 0.9**5 / 2]  # halved in the third
    assert found["history"]["learning_rate"] == pytest.approx(rates)
    return found


@pytest.mark.parametrize(
    ("event", "counts", "how", "every_steps"),
    [
        ("on_train_batch_end", (2, 6), cut, 1),
        ("on_train_batch_begin", (5, 5), terminate, 99),
        ("on_test_end", (3,), cut, 2),
        ("on_epoch_begin", (4,), cut, None),
        ("on_epoch_end", (2, 2), terminate, None),
        ("on_train_end", (1,), cut, 1),
    ],
)
def test_rates_and_best_weights_go_on_with_the_same_bits(
    watched, tmp_path, event, counts, how, every_steps
):
    for count in counts:
        with pytest.raises((Cut, TrainingTerminated)):
            stop = CutAt(event, count, how)
            train_watched(tmp_path, stop, every_steps=every_steps)
    assert train_watched(tmp_path, every_steps=every_steps) == watched
