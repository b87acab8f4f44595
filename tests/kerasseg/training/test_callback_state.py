import json
import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasseg.errors import ArgumentError, KerasSegWarning
from kerasseg.files import load_model
from kerasseg.training import fit
from kerasseg.training.callback_state import restore_callbacks, states_of
from kerasseg.training.checkpoint_file import Contents
from kerasseg.training.resumable_checkpoint import ResumableCheckpoint


class Remembering(keras.callbacks.Callback):
    def __init__(self, **state):
        super().__init__()
        self.state = state

    def get_state(self):
        return self.state


def test_plain_values_are_kept_as_they_are():
    state = {"best": 0.5, "names": ["a", None], "nested": {"n": 1}, "done": True}
    assert states_of([Remembering(**state)]) == [
        {"class": "Remembering", "state": state}
    ]


@pytest.mark.parametrize("value", [np.float32(0.5), np.zeros(2), {"n": np.int64(1)}])
def test_a_value_that_no_checkpoint_holds_is_named(value):
    words = r"callback Remembering must return plain values, and 'best' .*Received: be"
    with pytest.raises(ArgumentError, match=words):
        states_of([keras.callbacks.Callback(), Remembering(wait=1, best=value)])


def test_a_training_stops_before_it_writes_such_a_checkpoint(tmp_path):
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    own = Remembering(best=np.float32(0.5))
    checkpoint = ResumableCheckpoint(tmp_path, every_steps=1, callbacks=[own])
    with pytest.raises(ArgumentError, match="callback Remembering must return plain"):
        model.fit(
            np.ones((2, 1)), np.ones((2, 1)), verbose=0, callbacks=[own, checkpoint]
        )
    assert not list(tmp_path.iterdir())


class Noted(keras.callbacks.Callback):
    """Remembers one value."""

    def __init__(self, value):
        super().__init__()
        self.value = value

    def get_state(self):
        return {"value": self.value}

    def set_state(self, state):
        self.value = state["value"]


class Other(Noted):
    pass


class Stateless(keras.callbacks.Callback):
    pass


def restored(before, now):
    """The classes that begin anew, and the values of the rest."""
    contents = Contents({"callbacks": states_of(before)}, [], [])
    anew = restore_callbacks(now, contents)
    kept = [x.value for x in now if x not in anew and hasattr(x, "value")]
    return [type(callback).__name__ for callback in anew], kept


def test_callbacks_are_found_by_their_class_in_order():
    a, b, c = Noted(1), Noted(2), Other(3)
    assert restored([a, b, c], [Noted(0), Other(0), Noted(0)]) == ([], [1, 3, 2])
    assert restored([a, c], [Other(0)]) == ([], [3])
    assert restored([a], [Other(0), Noted(0), Noted(0)]) == (["Other", "Noted"], [1])


def test_what_remembers_nothing_does_not_begin_anew():
    assert restored([Noted(1)], [Stateless(), Noted(0)]) == ([], [1])
    plateau = keras.callbacks.ReduceLROnPlateau()
    assert restored([], [plateau])[0] == ["ReduceLROnPlateau"]


class Score(keras.callbacks.Callback):
    """Logs these values, one an epoch."""

    def __init__(self, values):
        super().__init__()
        self.values = values

    def on_epoch_end(self, epoch, logs=None):
        logs["score"] = self.values[epoch]


def run(folder, **options):
    arrays = np.ones((2, 4, 4, 1), "float32"), np.ones((2, 4, 4, 1), "float32")
    model = keras.Sequential([keras.Input((4, 4, 1)), keras.layers.Conv2D(1, 1)])
    model.compile("sgd", "mse")
    data = tf.data.Dataset.from_tensor_slices(arrays).batch(1)
    options |= {"run_dir": folder, "monitor": "score", "verbose": 0}
    fit(model, data, callbacks=[Score([0.5, 0.9, 0.1])], **options)


def test_another_callback_does_not_take_the_best_score_from_the_others(tmp_path):
    run(tmp_path, epochs=2)
    best = load_model(tmp_path / "best.keras").get_weights()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", KerasSegWarning)
        run(tmp_path, epochs=3, early_stopping=5, resume=True)
    found = [w for w in caught if issubclass(w.category, KerasSegWarning)]
    (message,) = {str(warning.message) for warning in found}
    assert len(found) == 1
    assert message.endswith("beginning anew: StopEarly.")
    told = json.loads((tmp_path / "metrics.json").read_text())["best"]
    assert told == {"epoch": 2, "monitor": "score", "value": 0.9}
    for new, old in zip(
        load_model(tmp_path / "best.keras").get_weights(), best, strict=True
    ):
        np.testing.assert_array_equal(new, old)
