"""Checkpoints from which a run goes on at the very next batch, bit by bit the same."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from pathlib import Path

import keras

from kerasseg.errors import ArgumentError
from kerasseg.training.checkpoint_folder import CheckpointFolder, check_keep
from kerasseg.training.checkpoint_writing import keep_up_with_files, write_training
from kerasseg.training.position import Position
from kerasseg.training.resumption import Resumption
from kerasseg.training.since_checkpoint import SinceCheckpoint, check_interval
from kerasseg.training.stop_at_step import STEPS_ARE_DONE
from kerasseg.training.termination import TerminationWatch, TrainingTerminated
from kerasseg.training.training_state import (
    METRICS,
    arrays_of,
    assign,
    check_trainable,
    difference,
    groups_of,
)


class _EpochIsFull(int):
    """A true value for `stop_training` that is not the `True` of other callbacks."""


_EPOCH_IS_FULL = _EpochIsFull(1)


class ResumableCheckpoint(keras.callbacks.Callback):
    """Saves all that the next step depends on, and restores it.

    Model, optimizer (moving averages and loss scale included), the seeds of Dropout,
    metrics, the best score of other callbacks, epoch and step. Each checkpoint is
    written beside the others, synced and renamed, so one that can be read is there
    whenever the power fails. What is torn, damaged or of another run is named in a
    warning, and the one before is used.

    Keras can only begin an epoch at its beginning. `endless_batches` brings the data
    that follow, and this callback ends the first epoch when it is full:

        checkpoint = ResumableCheckpoint("run/checkpoints", callbacks=[early_stopping])
        start = checkpoint.restore(model)  # a compiled model
        model.fit(
            endless_batches(train, start),
            steps_per_epoch=train.steps_per_epoch,
            initial_epoch=start.epoch,
            epochs=50,
            callbacks=[early_stopping, checkpoint],  # last in the list
        )

    `kerasseg.training.fit` does all this. On a CPU with deterministic operations
    (`tf.config.experimental.enable_op_determinism()`) the resumed run ends with the
    same bits as one that was never stopped, if the batches of an epoch are the same
    whenever they are asked for. Under PyTorch, that takes Dropout with a `seed`:
    without, Keras draws from PyTorch's own generator, which no checkpoint holds.

    SIGTERM, which schedulers send before they take a machine away, saves at the end of
    the step and exits with code 75 (`TrainingTerminated`). A second changes nothing,
    unless it comes a minute later and the step has not ended.

    Args:
        directory: Folder for the checkpoints of this run.
        every_steps: Steps between checkpoints, at least 1, or `None`.
        every_minutes: Minutes between checkpoints, or `None`. With neither, the end of
            each epoch is saved. The end of the run always is.
        keep: How many checkpoints to keep, at least 1.
        callbacks: Those whose state matters: `EarlyStopping`, `ReduceLROnPlateau`,
            `ModelCheckpoint`, or any with `get_state()` and `set_state(state)`.
        catch_sigterm: Whether SIGTERM saves and exits.

    Raises:
        ArgumentError: An argument has a value that makes no sense. In `fit`: it does
            not begin with the epoch of `start`, or runs other steps at once
            (`steps_per_execution`) than an epoch began with.

    Example:

    >>> import tempfile, keras, numpy as np
    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> checkpoint = ResumableCheckpoint(tempfile.mkdtemp())
    >>> checkpoint.restore(model)
    Position(epoch=0, step=0, repeated=0, finished=False)
    >>> data = np.ones((4, 2)), np.ones((4, 1))
    >>> history = model.fit(*data, epochs=3, verbose=0, callbacks=[checkpoint])
    >>> checkpoint.restore(model).epoch
    3
    """

    def __init__(
        self,
        directory: str | Path,
        every_steps: int | None = None,
        every_minutes: float | None = 10.0,
        keep: int = 2,
        *,
        callbacks: Sequence[keras.callbacks.Callback] = (),
        catch_sigterm: bool = True,
    ):
        super().__init__()
        check_interval("every_steps", every_steps)
        check_interval("every_minutes", every_minutes)
        check_keep(keep)
        self.every_steps = every_steps
        self.every_minutes = every_minutes
        self.callbacks = list(callbacks)
        self.folder = CheckpointFolder(Path(directory), keep)
        self._watch = TerminationWatch() if catch_sigterm else None
        self._since = SinceCheckpoint()
        self._resumption = Resumption()
        self._epoch = 0
        self._done = 0  # steps of this epoch
        self._skipped = 0  # steps of this epoch that are not offered again
        self._last: Path | None = None  # what was saved at the last step of the run
        self._is_training = False

    def restore(self, model: keras.Model) -> Position:
        """Gives the model what the newest checkpoint holds; call it before `fit`.

        Args:
            model: A compiled model, built as that of the run was.

        Returns:
            Where to go on: `initial_epoch` and the first batch. The very beginning
            where there is no checkpoint.

        Raises:
            ArgumentError: The model is not compiled.
            FileError: There are checkpoints, and none can be read and fits the model;
                the message says which variable differs.
        """
        check_trainable(model)
        self.folder.remove_strays()
        groups = groups_of(model)
        contents = self.folder.read_newest(lambda found: difference(found, groups))
        if contents is not None:
            assign(contents, groups)
        self._resumption = Resumption(contents)
        return self.start

    @property
    def start(self) -> Position:
        """Where the last `restore` said to go on."""
        return self._resumption.start

    # What Keras calls.

    def on_train_begin(self, logs=None):
        if self.params["steps"] is None:
            raise ArgumentError(
                "ResumableCheckpoint must know how many steps an epoch has: pass "
                "steps_per_epoch to model.fit, and endless_batches of the data. "
                "Received: steps_per_epoch=None, data of unknown length"
            )
        self._resumption.check(self.folder, self.params["steps"], self._at_once())
        self._is_training = True
        self._since.restart()
        if self._watch is not None:
            self._watch.start()
        if self._resumption.is_pending:  # again when the first epoch begins
            self._resumption.restore_callbacks(self.callbacks, self.model)

    def on_epoch_begin(self, epoch, logs=None):
        self._resumption.check_epoch(epoch)
        first = self._resumption.is_pending
        self._epoch, self._done, self._last = epoch, 0, None
        self._skipped = self.start.first_step if first else 0
        if first:  # others reset the callbacks when the training began
            self._resumption.restore_callbacks(self.callbacks, self.model)
            if self.start.repeated == 0:
                self._resumption.end()

    def on_train_batch_end(self, batch, logs=None):
        steps = self._skipped + batch + 1
        if self._resumption.is_pending:
            self._resumption.undo_repetition(self.model)
        else:
            self._since.add(steps - max(self._done, self._skipped))
        self._done = steps
        total = self.params["steps"]
        if self._skipped and steps == total and not self.stop_training_is_set():
            self.model.stop_training = _EPOCH_IS_FULL
        if self.model.stop_training is STEPS_ARE_DONE and steps < total:
            # A longer run has no end of an epoch here, so callbacks as before it.
            self._last = self._save(self._within_epoch(), METRICS)
            self._exit_if_requested(self._last)
        elif self._is_due() or self._is_requested():
            self._exit_if_requested(self._save(self._within_epoch(), METRICS))

    def on_test_begin(self, logs=None):
        if self._is_training:  # evaluation forgets the metrics of the training
            variables = {METRICS: self.model.metrics_variables}
            self._metrics = list(arrays_of(variables))

    def on_test_batch_end(self, batch, logs=None):
        if self._is_training and self._is_requested():
            self.model.stop_evaluating = True

    def on_test_end(self, logs=None):
        # Not before: others put back at the end what they exchanged at the beginning.
        if self._is_training and self._is_requested():
            self._exit_if_requested(self._save(self._within_epoch(), self._metrics))

    def on_epoch_end(self, epoch, logs=None):
        if self._last is not None:
            keep_up_with_files(self._last, self.callbacks)
            self._exit_if_requested(self._last)
            return
        if self.model.stop_training is _EPOCH_IS_FULL:
            self.model.stop_training = False
        stops = bool(self.model.stop_training)
        ends = stops or epoch + 1 == self.params["epochs"]
        every_epoch = self.every_steps is None and self.every_minutes is None
        if ends or every_epoch or self._is_due() or self._is_requested():
            position = self._after_epoch()
            self._exit_if_requested(self._save(position, None, (epoch, logs)))

    def on_train_end(self, logs=None):
        self.close()
        if self._watch is not None and self._watch.heard:  # since the last step
            self._exit_at_the_end()

    # Our own.

    def stop_training_is_set(self) -> bool:
        """Whether another callback has asked for the end of the training."""
        return bool(self.model.stop_training)

    def close(self) -> None:
        """Gives SIGTERM back, after a training that an error ended."""
        self._is_training = False
        if self._watch is not None:
            self._watch.stop()

    def _at_once(self):
        return getattr(self.model, "steps_per_execution", 1)

    def _within_epoch(self):
        return Position(self._epoch, self._done, repeated=self._at_once())

    def _after_epoch(self):
        stops = self.model.stop_training
        if stops and self._done < self.params["steps"]:  # in the midst of the epoch
            return Position(self._epoch, self._done, finished=True)
        finished = bool(stops) and stops is not STEPS_ARE_DONE
        return Position(self._epoch + 1, finished=finished)

    def _is_due(self):
        return self._since.has_reached(self.every_steps, self.every_minutes)

    def _is_requested(self):
        return self._watch is not None and self._watch.requested

    def _exit_if_requested(self, path):
        if self._is_requested():
            self.close()
            raise TrainingTerminated(path)

    def _exit_at_the_end(self):
        """Obeys a SIGTERM that came when the end of the training was saved already."""
        saved = self.folder.paths()
        if saved:
            raise TrainingTerminated(saved[-1])
        signal.raise_signal(signal.SIGTERM)  # nothing was trained

    def _save(self, position, metrics, ended=None):
        path = write_training(
            *(self.folder, self.model, self.callbacks, position),
            steps_per_epoch=self.params["steps"],
            metrics=metrics,
            ended=ended,
        )
        self._since.restart()
        return path
