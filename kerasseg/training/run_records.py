"""A callback that keeps the tables and curves of a run's folder up to date."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Mapping
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

    It keeps what each epoch logged by itself: in Keras's history a quantity that some
    epochs lack is a shorter list, which does not tell the epochs.

    Args:
        run: The folder.
        best: Who knows the best epoch.
    """

    def __init__(self, run: RunFolder, best: BestModel):
        super().__init__()
        self.run = run
        self.best = best
        self._drawn = -float("inf")
        self._rows: dict[int, Mapping[str, float]] = {}

    def on_train_begin(self, logs=None):
        self._rows = {}

    def on_epoch_begin(self, epoch, logs=None):
        self._take_over()

    def on_epoch_end(self, epoch, logs=None):
        # As it is, since callbacks that come later may add to it.
        self._rows[epoch] = {} if logs is None else logs
        self._write_tables()
        if time.monotonic() - self._drawn > _SECONDS_BETWEEN_CURVES:
            self._draw()

    def on_train_end(self, logs=None):
        self._take_over()
        self._write_tables()
        self._draw()
        save_model(self.model, self.run / LAST)

    def get_state(self) -> dict[str, Any]:
        """What a checkpoint remembers."""
        return {"rows": [[epoch, _plain(self._rows[epoch])] for epoch in self._rows]}

    def set_state(self, state: dict[str, Any]) -> None:
        """Remembers again; older checkpoints know of no rows."""
        if "rows" in state:
            self._rows = dict(state["rows"])

    def _take_over(self):
        """Takes the epochs of an older checkpoint from the history that it restored."""
        history = getattr(self.model, "history", None)
        epochs = [] if history is None else history.epoch
        for row, epoch in enumerate(epochs):
            if epoch in self._rows:
                continue
            # What is shorter most likely came later: it is aligned at the end.
            places = {k: row - len(epochs) + len(v) for k, v in history.history.items()}
            self._rows[epoch] = {
                name: history.history[name][place]
                for name, place in places.items()
                if place >= 0
            }

    def _write_tables(self):
        if not self._rows:
            return
        self.run.write_history(self._rows)
        metrics = {
            "epochs": len(self._rows),
            "last": dict(self._rows[max(self._rows)]),
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
        columns = _columns(self._rows)
        if columns:
            save_figure(learning_curves(columns), self.run / CURVES)
            self._drawn = time.monotonic()


def _plain(row: Mapping[str, float]) -> dict[str, float]:
    return {name: float(value) for name, value in row.items()}


def _columns(rows: Mapping[int, Mapping[str, float]]) -> dict[str, list]:
    """Values by name, `None` for epochs that lack one."""
    names = dict.fromkeys(name for row in rows.values() for name in row)
    return {name: [row.get(name) for _, row in sorted(rows.items())] for name in names}


def _in_json(value: Any) -> Any:
    """With `None` for NaN and infinity, which JSON does not know."""
    if isinstance(value, dict):
        return {name: _in_json(inner) for name, inner in value.items()}
    if value is None or isinstance(value, (int, str)):
        return value
    return float(value) if math.isfinite(value) else None
