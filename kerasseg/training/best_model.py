"""The model of the best epoch, in a file that is always whole."""

from __future__ import annotations

import math
import warnings
from pathlib import Path
from typing import Any

import keras

from kerasseg.errors import KerasSegWarning
from kerasseg.files import save_model
from kerasseg.training.averaged_weights import averaged_weights
from kerasseg.training.divergence import lost_variable
from kerasseg.training.monitor import chosen_monitor, smaller_is_better


class BestModel(keras.callbacks.Callback):
    """Saves the model whenever an epoch is better than all before.

    Unlike `keras.callbacks.ModelCheckpoint` it never leaves half a file, saves the
    moving average where the optimizer keeps one, and is remembered by
    `ResumableCheckpoint`.

    Args:
        path: A file name that ends in `.keras`.
        monitor: A name in the history, or `None` for the first of val_mean_iou,
            val_loss, mean_iou and loss that is there; in nets of several outputs
            val_main_mean_iou and the like count as val_mean_iou. Names that hold "loss"
            or "error" are better when smaller, unless they end in "iou", "accuracy",
            "precision", "recall" or "dice". An epoch is never the best if that, the
            loss of the training or a weight is NaN or infinite.

    Attributes:
        best: The best value so far, or `None`.
        best_epoch: Its epoch, from 0.
    """

    def __init__(self, path: str | Path, monitor: str | None = None):
        super().__init__()
        self.path = Path(path)
        self.monitor = monitor
        self.best: float | None = None
        self.best_epoch: int | None = None
        self._is_recalled = False  # the monitor, which nobody asked for now

    def on_epoch_end(self, epoch, logs=None):
        logs = logs or {}
        if self._is_recalled and self.monitor not in logs:
            self._choose_anew()
        self.monitor = chosen_monitor(self.monitor, logs)
        value = float(logs[self.monitor])
        is_lost = not math.isfinite(float(logs.get("loss", 0.0)))
        if not is_lost and math.isfinite(value) and self._is_better(value):
            self._save(value, epoch)

    def _choose_anew(self):
        """Forgets what a run watched that goes on without it, as without validation."""
        warnings.warn(
            f"{self.monitor}, by which the best epoch was chosen before, is not there "
            f"any more: {self.path.name} begins anew.",
            KerasSegWarning,
            stacklevel=2,
        )
        self.monitor = self.best = self.best_epoch = None
        self._is_recalled = False

    def _save(self, value, epoch):
        with averaged_weights(self.model):
            # The loss of the last step is from before it, and tells nothing of them.
            if lost_variable(self.model) is None:
                self.best, self.best_epoch = value, epoch
                save_model(self.model, self.path)

    def _is_better(self, value):
        if self.best is None:
            return True
        return (
            value < self.best if smaller_is_better(self.monitor) else value > self.best
        )

    def get_state(self) -> dict[str, Any]:
        """What a checkpoint remembers."""
        names = ("monitor", "best", "best_epoch")
        return {name: getattr(self, name) for name in names}

    def set_state(self, state: dict[str, Any]) -> None:
        """Remembers again; what was best by another monitor is not the best by this."""
        if self.monitor not in (None, state["monitor"]):
            return
        self._is_recalled |= self.monitor is None
        for name, value in state.items():
            setattr(self, name, value)
