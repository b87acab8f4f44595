"""The quantity that epochs are judged by, for best model and early end alike."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import keras

from kerasseg.errors import ArgumentError, did_you_mean

_MEASURE, _LOSS = "mean_iou", "loss"
_VALIDATION = "val_"
# Measures, whatever the output before them is called: error_map_mean_iou.
_LARGER_IS_BETTER = ("iou", "accuracy", "precision", "recall", "dice")


def chosen_monitor(wanted: str | None, names: Iterable[str]) -> str:
    """The name that a run watches.

    Args:
        wanted: A name in the history; or `None` for the first of val_mean_iou,
            val_loss, mean_iou and loss that is there. In a net of several outputs the
            measure has the name of its output before its own: val_main_mean_iou.
        names: What there is.

    Raises:
        ArgumentError: It is not there.
    """
    names = list(names)
    name = wanted or next(_preferred(names), None)
    if name not in names:
        raise ArgumentError(
            f"monitor must be one of {', '.join(names)}."
            f"{did_you_mean(name, names)} Received: monitor={name!r}"
        )
    return name


def smaller_is_better(name: str) -> bool:
    """Whether a quantity of this name is a loss or an error."""
    if name.endswith(_LARGER_IS_BETTER):
        return False
    return "loss" in name or "error" in name


def _preferred(names):
    held_out = [name for name in names if name.startswith(_VALIDATION)]
    others = [name for name in names if name not in held_out]
    for prefix, some in ((_VALIDATION, held_out), ("", others)):
        yield from (name for name in some if name == prefix + _MEASURE)
        yield from (name for name in some if name.endswith("_" + _MEASURE))
        yield from (name for name in some if name == prefix + _LOSS)


class StopEarly(keras.callbacks.EarlyStopping):
    """Ends a run after so many epochs without an improvement.

    Args:
        monitor: See `chosen_monitor`.
        patience: Epochs.
    """

    def __init__(self, monitor: str | None, patience: int):
        super().__init__(patience=patience)
        self._wanted = monitor
        self._is_recalled = False  # what is watched, which nobody asked for now

    def on_epoch_end(self, epoch, logs=None):
        if self.monitor_op is None:  # Keras, too, waits until all names are known
            if self._is_recalled and self._wanted not in (logs or {}):
                self._wanted, self.best, self.wait = None, None, 0
            self.monitor = chosen_monitor(self._wanted, logs or {})
            self.mode = "min" if smaller_is_better(self.monitor) else "max"
        super().on_epoch_end(epoch, logs)

    def get_state(self) -> dict[str, Any]:
        """What a checkpoint remembers."""
        best = None if self.best is None else float(self.best)
        names = ("monitor", "wait", "stopped_epoch", "best_epoch")
        return {name: getattr(self, name) for name in names} | {"best": best}

    def set_state(self, state: dict[str, Any]) -> None:
        """Remembers again; epochs that another monitor judged do not count."""
        if self._wanted not in (None, state["monitor"]):
            return
        if state["best"] is not None:  # and which was chosen before
            self._is_recalled |= self._wanted is None
            self._wanted = state["monitor"]
        for name, value in state.items():
            setattr(self, name, value)


class MonitorCheck(keras.callbacks.Callback):
    """Refuses a misspelt name at the first step, and not after a whole epoch.

    Args:
        monitor: A name in the history.
        is_validated: Whether the run has data for validation.
    """

    def __init__(self, monitor: str, is_validated: bool):
        super().__init__()
        self.monitor = monitor
        self._is_validated = is_validated
        self._is_checked = False

    def on_train_batch_end(self, batch, logs=None):
        if self._is_checked:
            return
        names = list(logs or {})
        if self._is_validated:
            names += [_VALIDATION + name for name in names]
        chosen_monitor(self.monitor, names)
        self._is_checked = True
