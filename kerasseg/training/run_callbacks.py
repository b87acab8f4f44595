"""What watches a run: what it leaves in its folder, and what ends it early."""

from __future__ import annotations

import keras
import numpy as np

from kerasseg.training.batches import Batches
from kerasseg.training.best_model import BestModel, smaller_is_better
from kerasseg.training.prediction_pictures import PredictionPictures
from kerasseg.training.run_folder import BEST, LOGS, PICTURES, RunFolder
from kerasseg.training.run_records import RunRecords
from kerasseg.training.tensorboard_log import TensorBoardLog

_PICTURES = 4


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
        images, masks = _few(held_out)
        if images.ndim == 4 and masks.ndim in (3, 4):
            pictures = PredictionPictures(images, masks, run / PICTURES, log, colors)
            found.insert(2, pictures)
    return found


def _few(held_out: Batches) -> tuple[np.ndarray, np.ndarray]:
    """Images from all over the validation, with the masks of the first output."""
    count = held_out.steps_per_epoch
    steps = sorted({index * count // _PICTURES for index in range(_PICTURES)})
    share = -(-_PICTURES // len(steps))
    pairs = []
    for step in steps:  # neighbours in a folder are often frames of one film
        images, masks, *_ = next(iter(held_out.epoch(0, step)))
        masks = np.asarray(keras.tree.flatten(masks)[0])[:share]
        pairs.append((np.asarray(images)[:share], masks))
    size = pairs[0][0].shape[1:]
    alike = [pair for pair in pairs if pair[0].shape[1:] == size]
    images, masks = (np.concatenate(parts) for parts in zip(*alike, strict=True))
    return images, masks
