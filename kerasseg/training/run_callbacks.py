"""What watches a run: what it leaves in its folder, and what ends it early."""

from __future__ import annotations

from collections.abc import Sequence

import keras
import numpy as np

from kerasseg.run_files import BEST, LOGS, PICTURES
from kerasseg.training.batches import Batches
from kerasseg.training.best_model import BestModel
from kerasseg.training.monitor import MonitorCheck, StopEarly
from kerasseg.training.prediction_pictures import PredictionPictures
from kerasseg.training.run_folder import RunFolder
from kerasseg.training.run_records import RunRecords
from kerasseg.training.shown_samples import shown_samples
from kerasseg.training.tensorboard_log import TensorBoardLog

_MINUTES_BETWEEN_PICTURES = 1.0  # drawing would hold up nets whose epochs are short


def stopping(
    patience: int | None, monitor: str | None
) -> list[keras.callbacks.Callback]:
    """What ends a run after so many epochs without an improvement, if it is wanted."""
    return [] if patience is None else [StopEarly(monitor, patience)]


def checking(
    model: keras.Model, monitor: str | None, is_validated: bool, others: Sequence
) -> list[keras.callbacks.Callback]:
    """What refuses a misspelt monitor early, where nothing else adds to the history.

    Args:
        model: The net.
        monitor: A name in the history, or `None`.
        is_validated: Whether the run has data for validation.
        others: Callbacks of the user's own.
    """
    own = keras.Model.train_step, keras.Model.test_step
    is_own = own != (type(model).train_step, type(model).test_step)
    if monitor is None or others or is_own:
        return []
    return [MonitorCheck(monitor, is_validated)]


def recording(
    run: RunFolder,
    monitor: str | None,
    held_out: Batches | None,
    colors: np.ndarray | None,
) -> list[keras.callbacks.Callback]:
    """What writes the best net, scalars, pictures and records of a run."""
    best = BestModel(run / BEST, monitor)
    log = TensorBoardLog(run / LOGS)
    found = [best, log, RunRecords(run, best)]
    if held_out is not None:
        shown = shown_samples(held_out)
        if shown.images.ndim == 4 and shown.masks.ndim in (3, 4):
            pictures = PredictionPictures(
                *(shown.images, shown.masks, run / PICTURES, log, colors),
                every_minutes=_MINUTES_BETWEEN_PICTURES,
                names=shown.names,
                class_names=shown.class_names,
            )
            found.insert(1, pictures)  # the log must be open for the last ones
    return found
