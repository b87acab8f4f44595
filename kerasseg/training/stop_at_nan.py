"""The end of a training whose loss is no number any more, or infinite."""

from __future__ import annotations

import math
from pathlib import Path

import keras

from kerasseg.training.divergence import diverged
from kerasseg.training.position import START, Position


class StopAtNaN(keras.callbacks.Callback):
    """Ends a training by an error at the first step whose loss is NaN or infinite.

    The weights are lost then; those that the step before has lost already, checkpoints
    refuse themselves. In the list of callbacks it stands before those that write.

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
        loss = (logs or {}).get("loss", 0.0)
        if not math.isfinite(loss):
            is_first = self._epoch == self._start.epoch
            step = batch + 1 + (self._start.first_step if is_first else 0)
            found = "no number (NaN)" if math.isnan(loss) else "infinite"
            what = f"The loss is {found} in epoch {self._epoch + 1}, step {step}"
            raise diverged(what, self.checkpoints)
