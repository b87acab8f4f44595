import keras
import numpy as np
import pytest

from kerasseg.errors import ArgumentError
from kerasseg.training.callback_state import states_of
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
