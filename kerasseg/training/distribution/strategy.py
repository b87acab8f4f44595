"""Where a training runs: on one device, as Keras does by itself."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from kerasseg.data.pipeline.untuned import untuned
from kerasseg.training.batches import Batches, endless_batches
from kerasseg.training.distribution.chief import let_chief
from kerasseg.training.position import Position
from kerasseg.training.resumable_checkpoint import ResumableCheckpoint
from kerasseg.training.run_folder import RunFolder


class Strategy:
    """One device; subclasses share a training among several devices or machines.

    `make_strategy` gives one by name.

    Attributes:
        name: As `make_strategy` takes it.
        workers: How many processes there are.
        index: Of this process, from 0.
        replicas: How many devices there are, those of all workers together.
    """

    name = "none"
    workers = 1
    index = 0
    replicas = 1

    @property
    def is_chief(self) -> bool:
        """Whether this process writes checkpoints and records."""
        return self.index == 0

    def open_run(
        self, path: str | Path, *, resume: bool = False, overwrite: bool = False
    ) -> RunFolder:
        """The folder of the run, which the chief checks and clears before all others.

        Raises:
            FileError: As `RunFolder` says; on every worker.
        """
        run = let_chief(
            self, lambda: RunFolder(path, resume=resume, overwrite=overwrite)
        )
        return run if self.is_chief else RunFolder(path, resume=True)

    def sum(self, values: Sequence[float] | np.ndarray) -> np.ndarray:
        """The sums of an array over all workers, each of which calls this."""
        return np.asarray(values, np.float64)

    def chiefs(self, values: Sequence[float] | np.ndarray) -> np.ndarray:
        """The array that the chief has; all workers call this, with one as long."""
        values = np.asarray(values, np.float64)
        return self.sum(values if self.is_chief else np.zeros_like(values))

    def any(self, flag: bool) -> bool:
        """Whether any worker says so, known to all before they do anything else."""
        return bool(self.sum([bool(flag)])[0])

    def wait(self) -> None:
        """Returns when every worker has come here."""

    def place(self, model: keras.Model) -> keras.Model:
        """The compiled model that is trained; the model itself, or a copy."""
        return model

    def share(self, batches: Batches, *, training: bool) -> Batches:
        """The part of each batch that this worker reads.

        Raises:
            ArgumentError: The batches cannot be shared.
        """
        return batches

    def callbacks(
        self,
        model: keras.Model,
        own: Sequence[keras.callbacks.Callback],
        records: Sequence[keras.callbacks.Callback],
    ) -> list[keras.callbacks.Callback]:
        """What to call here: records are kept by the chief alone.

        Args:
            model: The model that was placed.
            own: Callbacks of every worker.
            records: Callbacks that write files.
        """
        return [*own, *records] if self.is_chief else list(own)

    def checkpoint(self, *arguments: Any, **options: Any) -> ResumableCheckpoint:
        """A `ResumableCheckpoint`, which writes where this is the chief."""
        return ResumableCheckpoint(*arguments, **options)

    def check_start(self, start: Position, folder: Path) -> None:
        """Checks that all workers go on at the same place.

        Args:
            start: Where this one does.
            folder: Of the checkpoints.

        Raises:
            FileError: They do not, because they do not share a folder.
        """

    def fit(
        self,
        model: keras.Model,
        batches: Batches,
        held_out: Batches | None,
        start: Position,
        epochs: int,
        callbacks: Sequence[keras.callbacks.Callback],
        verbose: int,
    ) -> keras.callbacks.History:
        """Trains the model that was placed."""
        model.fit(
            endless_batches(batches, start),
            steps_per_epoch=batches.steps_per_epoch,
            initial_epoch=epochs if start.finished else start.epoch,
            epochs=epochs,
            validation_data=None if held_out is None else untuned(held_out.epoch(0)),
            shuffle=False,  # the data are; Keras would warn that it does not
            verbose=verbose,
            callbacks=list(callbacks),
        )
        return model.history

    def collect(self, placed: keras.Model, model: keras.Model) -> None:
        """Gives the model what was trained in its place."""
