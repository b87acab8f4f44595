"""Arguments of `fit` that are wrong, told before anything is written or cleared."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras

from kerasseg.errors import ArgumentError
from kerasseg.training.batches import Batches
from kerasseg.training.checkpoint_folder import check_keep
from kerasseg.training.since_checkpoint import check_interval
from kerasseg.training.stop_at_step import check_last_step


def check_run(run_dir: str | Path | None, resume: bool, overwrite: bool) -> None:
    """Refuses what contradicts itself, or would mean nothing without a folder."""
    received = f"Received: run_dir={run_dir!r}, resume={resume}, overwrite={overwrite}"
    if resume and overwrite:
        raise ArgumentError(
            "A run is resumed or written over: give resume or overwrite, not both. "
            + received
        )
    if run_dir is None and (resume or overwrite):
        raise ArgumentError(
            "There is nothing to go on with or to write over without a run_dir. "
            + received
        )


def check_checkpoints(
    every_steps: int | None, every_minutes: float | None, keep: int
) -> None:
    """Refuses what `ResumableCheckpoint` would."""
    check_interval("every_steps", every_steps)
    check_interval("every_minutes", every_minutes)
    check_keep(keep)


def check_early_stopping(epochs: int | None) -> None:
    """Refuses what is no number of epochs to wait for an improvement."""
    is_whole = isinstance(epochs, int) and not isinstance(epochs, bool)
    if epochs is not None and not (is_whole and epochs >= 1):
        raise ArgumentError(
            "early_stopping must be a whole number of at least 1, or None. "
            f"Received: early_stopping={epochs!r}"
        )


def check_loss_weights(weights: Sequence[float] | None, loss: Any) -> None:
    """Refuses weights that nobody would look at, as the net is compiled already."""
    if weights is not None and loss is None:
        raise ArgumentError(
            "loss_weights goes with a loss: give loss and optimizer too, or compile "
            f"the net with the weights. Received: loss_weights={weights!r}, loss=None"
        )


def count_epochs(epochs: int | None, steps: int | None, batches: Batches) -> int:
    """Epochs of the whole run, the last of which may be a part of one."""
    if (epochs is None) == (steps is None):
        raise ArgumentError(
            "One of epochs and steps must be given. "
            f"Received: epochs={epochs}, steps={steps}"
        )
    count = epochs if steps is None else steps
    if not isinstance(count, int) or count < 1:
        name = "epochs" if steps is None else "steps"
        raise ArgumentError(f"{name} must be at least 1. Received: {name}={count!r}")
    return count if steps is None else -(-steps // batches.steps_per_epoch)


def check_steps_at_once(
    model: keras.Model, batches: Batches, steps: int | None = None
) -> None:
    """Refuses executions of several steps that go on beyond an epoch or the run."""
    at_once = getattr(model, "steps_per_execution", 1)
    if batches.steps_per_epoch % at_once:
        raise ArgumentError(
            f"steps_per_execution must divide the {batches.steps_per_epoch} steps of "
            f"an epoch. Received: steps_per_execution={at_once}"
        )
    if steps is not None:
        check_last_step(steps, model)
