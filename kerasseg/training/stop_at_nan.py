"""The end of a training whose loss is no number any more."""

from __future__ import annotations

import math
from pathlib import Path

import keras

from kerasseg.errors import TrainingError
from kerasseg.training.position import START, Position


class StopAtNaN(keras.callbacks.Callback):
    """Ends a training by an error at the first step whose loss is NaN.

    The weights are NaN then, and would take the place of good ones in the checkpoints.
    In the list of callbacks it stands before those that write.

    Args:
        checkpoints: The folder of the checkpoints, for the message.
        start: Where the run goes on.
    """

    def __init__(self, checkpoints: Path, start: Position = START):
        super().__init__()
        self.checkpoints = checkpoints
        self._start = start
        self._epoch = 0

    def on_epoch_begin(self, epoch, logs=None):
        self._epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        if math.isnan((logs or {}).get("loss", 0.0)):
            is_first = self._epoch == self._start.epoch
            step = batch + 1 + (self._start.first_step if is_first else 0)
            raise TrainingError(
                f"The loss is no number (NaN) in epoch {self._epoch + 1}, step {step}: "
                "the training has diverged, or there are images, masks or weights "
                "that the loss cannot take. Begin anew with a smaller learning rate or "
                "with the gradients clipped. best.keras and the checkpoints in "
                f"{self.checkpoints}, where there are any, are from before."
            )
