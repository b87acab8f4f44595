"""`fit`: a training that can be killed and resumed, and leaves a tidy folder."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from kerasseg.data.pipeline.read_errors import original_errors
from kerasseg.run_files import CHECKPOINTS
from kerasseg.training.averaged_weights import EvaluateAverage
from kerasseg.training.batches import as_batches
from kerasseg.training.compiling import compile_for
from kerasseg.training.distribution.same_batches import check_same_batches
from kerasseg.training.distribution.strategies import as_strategy
from kerasseg.training.distribution.strategy import Strategy
from kerasseg.training.early_end import early_end, judged_anew
from kerasseg.training.fit_arguments import (
    check_checkpoints,
    check_early_stopping,
    check_loss_weights,
    check_run,
    check_steps_at_once,
    count_epochs,
)
from kerasseg.training.outputs import fit_to_outputs
from kerasseg.training.position import START
from kerasseg.training.run_callbacks import checking, recording, stopping
from kerasseg.training.stop_at_nan import StopAtNaN
from kerasseg.training.stop_at_step import StopAtStep
from kerasseg.training.training_state import check_trainable


@original_errors()
def fit(
    model: keras.Model,
    train: Any,
    validation: Any = None,
    *,
    epochs: int | None = None,
    steps: int | None = None,
    optimizer: str | keras.optimizers.Optimizer | None = None,
    loss: Any = None,
    metrics: Any = None,
    loss_weights: Sequence[float] | None = None,
    run_dir: str | Path | None = None,
    resume: bool = False,
    overwrite: bool = False,
    every_steps: int | None = None,
    every_minutes: float | None = 10.0,
    keep: int = 2,
    monitor: str | None = None,
    early_stopping: int | None = None,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    steps_per_epoch: int | None = None,
    colors: np.ndarray | None = None,
    seed: int | None = None,
    strategy: Strategy | str | None = None,
    verbose: int | str = "auto",
) -> keras.callbacks.History:
    """Trains a net so that it can be killed at any moment and resumed.

    It runs `model.fit` with callbacks of this package, all of which work in a `fit` of
    your own: `ResumableCheckpoint`, `BestModel`, `RunRecords`, `TensorBoardLog`,
    `PredictionPictures`, `EvaluateAverage`.

    With a `run_dir`, that folder has all along: `checkpoints/`, `versions.json` and
    `logs/` for TensorBoard, and from the end of the first epoch on: `best.keras`,
    `history.csv`, `metrics.json`, `curves.png` and `predictions.png`. `last.keras` is
    written when the training ends.

    Args:
        model: A net from images to one or several maps of scores. Compiled, unless
            `optimizer` and `loss` are given.
        train: A `kerasseg.data.Pipeline`, a `tf.data.Dataset` of batches, or a
            `keras.utils.PyDataset`; see `kerasseg.training.as_batches`. Masks are
            cropped to what the net scores, and repeated for nets of several outputs.
            Weights are `(batch, height, width)`, or `(batch,)` with the losses of
            kerasseg; Keras's own take a number an image as `(batch, 1, 1)`.
        validation: The same, or `None`.
        epochs: Passes over the data, those before a resumption included.
        steps: Steps in place of epochs; a learning rate should end with them.
        optimizer: A name or an optimizer of Keras.
        loss: Of `kerasseg.losses` or Keras. For several outputs, of each.
        metrics: A list, of the first output where there are several, or a dictionary
            by the names of outputs, as for `model.compile`.
        loss_weights: A weight for each output; by default 1. Goes with `loss`.
        run_dir: Folder for all that the run leaves; without it nothing is written.
        resume: Whether to go on with the run in `run_dir`; if there is none, begin.
        overwrite: Whether to begin anew in a folder that has a run.
        every_steps: Steps between checkpoints.
        every_minutes: Minutes between checkpoints.
        keep: How many checkpoints to keep.
        monitor: What the best epoch is chosen by, and early stopping judges by; see
            `BestModel` for what it is by default. With another one, a run that was
            stopped early goes on.
        early_stopping: Epochs without an improvement after which to stop, at least 1,
            or `None`.
        callbacks: Further ones; see `ResumableCheckpoint` for what of them is saved.
        steps_per_epoch: For a `tf.data.Dataset` of unknown length or without end; see
            `kerasseg.training.as_batches`, whose result may be given as `validation`.
        colors: `(classes, 3)` uint8 for the pictures of predictions.
        seed: Of Dropout and whatever else draws numbers; set before the first step.
            Weights are drawn when the net is built.
        strategy: What `kerasseg.training.distribution.make_strategy` returns, for
            several devices or machines; by default one device.
        verbose: As in Keras; by default a bar with the time left, on a terminal only.

    Returns:
        The history, all epochs of the run in it.

    Raises:
        ArgumentError: Arguments are missing or contradict each other.
        FileError: `run_dir` has something in it; a checkpoint cannot be written, or
            none fits the model; an image or mask of a `Pipeline` cannot be read.
        TrainingError: In a `run_dir`, the loss or a weight became NaN or infinite;
            what was saved before stays.
        TrainingTerminated: SIGTERM came; all is saved, the exit code is 75.

    Example:

    >>> import numpy as np
    >>> import tensorflow as tf
    >>> net = keras.Sequential([
    ...     keras.Input((None, None, 1)), keras.layers.Conv2D(2, 3, padding="same")
    ... ])
    >>> images = np.random.default_rng(0).random((8, 6, 6, 1))
    >>> masks = (images[..., 0] > 0.5).astype("int32")
    >>> data = tf.data.Dataset.from_tensor_slices((images, masks)).batch(2)
    >>> loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    >>> history = fit(net, data, epochs=2, optimizer="adam", loss=loss, verbose=0)
    >>> len(history.history["loss"])
    2
    """
    check_run(run_dir, resume, overwrite)
    check_checkpoints(every_steps, every_minutes, keep)
    check_early_stopping(early_stopping)
    check_loss_weights(loss_weights, loss)
    if seed is not None:
        keras.utils.set_random_seed(seed)
    strategy = as_strategy(strategy)
    train, held_out = as_batches(train, steps_per_epoch), None
    batches = fit_to_outputs(model, strategy.share(train, training=True))
    check_same_batches(strategy, train, "train")
    if validation is not None:
        validation = as_batches(validation)
        check_same_batches(strategy, validation, "validation")
        held_out = strategy.share(validation, training=False)
        held_out = fit_to_outputs(model, held_out)
        validation = fit_to_outputs(model, validation)  # whole, for the pictures
    epochs = count_epochs(epochs, steps, batches)
    if optimizer is not None or loss is not None or metrics is not None:
        compile_for(model, optimizer, loss, metrics, loss_weights)
    check_steps_at_once(model, batches, steps)
    placed, run = strategy.place(model), None
    if run_dir is not None:
        check_trainable(placed)
        # Last of all that is known before the first step, as it clears what an earlier
        # run left; only that step tells the names among which monitor must be.
        run = strategy.open_run(run_dir, resume=resume, overwrite=overwrite)
        if strategy.is_chief:
            run.remove_strays()
            run.write_versions()
    checks = checking(model, monitor, held_out is not None, callbacks)
    callbacks = [
        EvaluateAverage(),
        *callbacks,
        *stopping(early_stopping, monitor),  # behind those that log what it may watch
        keras.callbacks.History(),
    ]
    checkpoint, start = None, START
    if run is not None:
        records = recording(run, monitor, validation, colors)
        checkpoint = strategy.checkpoint(
            *(run / CHECKPOINTS, every_steps, every_minutes, keep),
            callbacks=[*callbacks, *records],
        )
        start = judged_anew(checkpoint.restore(placed), run / CHECKPOINTS, monitor)
        if start.finished and start.epoch < epochs and strategy.is_chief:
            print(early_end(start, run / CHECKPOINTS), file=sys.stderr)
        strategy.check_start(start, run / CHECKPOINTS)
        callbacks = strategy.callbacks(model, callbacks, records)
        callbacks.insert(0, StopAtNaN(run / CHECKPOINTS, start))
    callbacks += checks
    if steps is not None:
        callbacks.append(StopAtStep(steps, batches.steps_per_epoch, start))
    if checkpoint is not None:
        callbacks.append(checkpoint)
    try:
        history = strategy.fit(
            *(placed, batches, held_out, start, epochs, callbacks),
            _verbosity(verbose),
        )
    finally:
        if checkpoint is not None:
            checkpoint.close()
    strategy.collect(placed, model)
    return history


def _verbosity(verbose):
    return int(sys.stdout.isatty()) if verbose == "auto" else verbose
