"""What watches a run: what it leaves in its folder, and what ends it early."""

from __future__ import annotations

import keras
import numpy as np

from kerasseg.run_files import BEST, LOGS, PICTURES
from kerasseg.training.batches import Batches
from kerasseg.training.best_model import BestModel, smaller_is_better
from kerasseg.training.prediction_pictures import PredictionPictures
from kerasseg.training.run_folder import RunFolder
from kerasseg.training.run_records import RunRecords
from kerasseg.training.shown_samples import shown_samples
from kerasseg.training.tensorboard_log import TensorBoardLog


def stopping(
    patience: int | None, monitor: str | None, held_out: Batches | None
) -> list[keras.callbacks.Callback]:
    """What ends a run after so many epochs without an improvement, if it is wanted."""
    if patience is None:
        return []
    name = monitor or ("loss" if held_out is None else "val_loss")
    mode = "min" if smaller_is_better(name) else "max"
    return [keras.callbacks.EarlyStopping(name, patience=patience, mode=mode)]


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
                names=shown.names,
                class_names=shown.class_names,
            )
            found.insert(2, pictures)
    return found
