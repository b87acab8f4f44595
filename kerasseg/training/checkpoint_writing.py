"""What a checkpoint is made of: all of a training, out of model and callbacks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from kerasseg.training.best_model import BestModel
from kerasseg.training.callback_state import arrays_of_callbacks, states_of
from kerasseg.training.checkpoint_file import read_checkpoint, write_checkpoint
from kerasseg.training.checkpoint_folder import CheckpointFolder
from kerasseg.training.divergence import diverged, lost_variable
from kerasseg.training.position import Position
from kerasseg.training.training_state import METRICS, arrays_of, groups_of


def write_training(
    folder: CheckpointFolder,
    model: keras.Model,
    callbacks: Sequence[keras.callbacks.Callback],
    position: Position,
    *,
    steps_per_epoch: int,
    metrics: str | Iterable[tuple[str, str, np.ndarray]] | None,
    ended: tuple[int, dict[str, float] | None] | None,
) -> Path:
    """Writes a checkpoint of a training as it stands.

    Args:
        folder: Where to.
        model: The model in training.
        callbacks: Those whose state matters.
        position: What is done.
        steps_per_epoch: Steps of a whole epoch.
        metrics: `METRICS` for their present state, arrays for an earlier one, or
            `None` between epochs.
        ended: The epoch at whose end this is, with its logs.

    Returns:
        The checkpoint.

    Raises:
        FileError: It cannot be written.
        TrainingError: See `check_finite`; the checkpoints before stay.
    """
    check_finite(model, position, folder.path)
    groups = groups_of(model)
    if metrics == METRICS:
        metrics = arrays_of({METRICS: model.metrics_variables})

    def arrays():
        yield from arrays_of(groups)
        yield from metrics or ()
        yield from arrays_of_callbacks(callbacks)

    facts = {
        "position": position,
        "steps_per_epoch": steps_per_epoch,
        "callbacks": states_of(callbacks),
        "history": _history_of(model, ended),
        "keras": keras.__version__,
        "backend": keras.backend.backend(),
    }
    steps = position.epoch * steps_per_epoch + position.step
    return folder.write(steps, facts, arrays())


def check_finite(model: keras.Model, position: Position, folder: Path) -> None:
    """Raises `TrainingError` if a weight or a moment is NaN or infinite.

    Args:
        model: The model in training.
        position: What is done, for the message.
        folder: Of the checkpoints, for the message.
    """
    lost = lost_variable(model, model.optimizer)
    if lost is not None:
        raise diverged(_lost(lost, position), folder)


def keep_up_with_files(
    path: Path, callbacks: Sequence[keras.callbacks.Callback]
) -> None:
    """Tells a checkpoint of the models that callbacks saved after it was written.

    Such a file stays when the run goes on from the checkpoint, so its score must.

    Args:
        path: The checkpoint; of a worker that writes none, the folder.
        callbacks: Those that it was written with.

    Raises:
        FileError: It cannot be read or written.
    """
    kinds = BestModel, keras.callbacks.ModelCheckpoint
    kept = [i for i, callback in enumerate(callbacks) if isinstance(callback, kinds)]
    if not kept or not path.is_file():
        return
    contents, states = read_checkpoint(path), states_of(callbacks)
    for index in kept:
        contents.facts["callbacks"][index] = states[index]
    pairs = zip(contents.entries, contents.arrays, strict=True)
    arrays = ((entry.group, entry.name, array) for entry, array in pairs)
    write_checkpoint(path, contents.facts, arrays)


def _lost(name, position):
    where = f"after epoch {position.epoch}"
    if position.step:
        where = f"in epoch {position.epoch + 1}, step {position.step}"
    return f"Variable {name} is NaN or infinite {where}"


def _history_of(model, ended) -> dict[str, Any]:
    """The history, with the epoch that Keras's own callback may not have seen yet."""
    history = getattr(model, "history", None)
    if history is None:
        return {"epoch": [], "history": {}}
    epochs = [int(epoch) for epoch in getattr(history, "epoch", [])]
    values = {name: list(map(float, v)) for name, v in history.history.items()}
    if ended is not None and ended[0] not in epochs:
        epochs.append(ended[0])
        for name, value in (ended[1] or {}).items():
            values.setdefault(name, []).append(float(value))
    return {"epoch": epochs, "history": values}
