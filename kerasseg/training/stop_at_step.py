"""A run of so many steps, whatever that is in epochs."""

from __future__ import annotations

import keras

from kerasseg.errors import ArgumentError
from kerasseg.training.position import START, Position


class _StepsAreDone(int):
    """A true value for `stop_training` that is not the `True` of other callbacks."""


STEPS_ARE_DONE = _StepsAreDone(1)


class StopAtStep(keras.callbacks.Callback):
    """Ends the training after so many steps, those before a resumption included.

    With a larger number of steps, `ResumableCheckpoint` goes on with a run that ended
    so. In the list of callbacks it stands before that.

    Args:
        steps: Of the whole run.
        steps_per_epoch: Of each epoch.
        start: Where the run goes on.

    Raises:
        ArgumentError: When the training begins: `steps_per_execution` of the model
            does not divide `steps`.
    """

    def __init__(self, steps: int, steps_per_epoch: int, start: Position = START):
        super().__init__()
        self.steps = steps
        self._before = steps_per_epoch * start.epoch + start.first_step
        self._seen = 0
        self._last = -1

    def on_train_begin(self, logs=None):
        check_last_step(self.steps, self.model)

    def on_epoch_begin(self, epoch, logs=None):
        self._last = -1

    def on_train_batch_end(self, batch, logs=None):
        self._seen += batch - self._last
        self._last = batch
        is_done = self._before + self._seen >= self.steps
        if is_done and not self.model.stop_training:
            self.model.stop_training = STEPS_ARE_DONE


def check_last_step(steps: int, model: keras.Model) -> None:
    """Raises `ArgumentError` if Keras would run steps beyond the last.

    It runs `steps_per_execution` of them before it calls a callback, which is too late
    for a learning rate that ended with the last.
    """
    at_once = getattr(model, "steps_per_execution", 1)
    if steps % at_once:
        raise ArgumentError(
            "steps_per_execution must divide the steps of the run. Received: "
            f"steps={steps}, steps_per_execution={at_once}"
        )
