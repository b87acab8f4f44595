"""A callback that keeps the tables and curves of a run's folder up to date."""

from __future__ import annotations

import json
import math
import time
from typing import Any

import keras

from kerasseg.files import save_model
from kerasseg.run_files import CURVES, LAST, METRICS
from kerasseg.training.best_model import BestModel
from kerasseg.training.run_folder import RunFolder
from kerasseg.visualize.curves import learning_curves
from kerasseg.visualize.saving import save_figure

_SECONDS_BETWEEN_CURVES = 60


class RunRecords(keras.callbacks.Callback):
    """Writes history.csv, metrics.json and curves.png, and last.keras at the end.

    Args:
        run: The folder.
        best: Who knows the best epoch.
    """

    def __init__(self, run: RunFolder, best: BestModel):
        super().__init__()
        self.run = run
        self.best = best
        self._drawn = -float("inf")

    def on_epoch_end(self, epoch, logs=None):
        self._write_tables()
        if time.monotonic() - self._drawn > _SECONDS_BETWEEN_CURVES:
            self._draw()

    def on_train_end(self, logs=None):
        self._write_tables()
        self._draw()
        save_model(self.model, self.run / LAST)

    def _write_tables(self):
        history = self.model.history
        if not history.epoch:
            return
        self.run.write_history(history.epoch, history.history)
        metrics = {
            "epochs": len(history.epoch),
            "last": {name: values[-1] for name, values in history.history.items()},
            "best": {
                "epoch": None if self.best.best is None else self.best.best_epoch + 1,
                "monitor": self.best.monitor,
                "value": self.best.best,
            },
        }
        self.run.write_text(
            METRICS, json.dumps(_in_json(metrics), indent=2, allow_nan=False) + "\n"
        )

    def _draw(self):
        history = self.model.history
        if history.epoch:
            save_figure(learning_curves(history.history), self.run / CURVES)
            self._drawn = time.monotonic()


def _in_json(value: Any) -> Any:
    """With `None` for NaN and infinity, which JSON does not know."""
    if isinstance(value, dict):
        return {name: _in_json(inner) for name, inner in value.items()}
    if value is None or isinstance(value, (int, str)):
        return value
    return float(value) if math.isfinite(value) else None
