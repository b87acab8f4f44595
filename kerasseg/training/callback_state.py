"""What other callbacks remember from epoch to epoch, such as the best score so far."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterable, Sequence
from typing import Any

import keras
import numpy as np

from kerasseg.errors import ArgumentError, KerasSegWarning
from kerasseg.training.checkpoint_file import Contents

_REMEMBERED = {
    keras.callbacks.EarlyStopping: ("wait", "stopped_epoch", "best", "best_epoch"),
    keras.callbacks.ReduceLROnPlateau: ("wait", "best", "cooldown_counter"),
    keras.callbacks.ModelCheckpoint: ("best",),
}
_WEIGHTS = "best_weights"  # of EarlyStopping(restore_best_weights=True)


def states_of(callbacks: Sequence[keras.callbacks.Callback]) -> list[dict[str, Any]]:
    """What each callback remembers, as plain values.

    A callback of your own takes part by two methods: `get_state()`, which returns a
    dictionary of plain values, and `set_state(state)`.

    Raises:
        ArgumentError: A value of that dictionary is not plain.
    """
    return [
        {"class": type(callback).__name__, "state": _state_of(callback)}
        for callback in callbacks
    ]


def arrays_of_callbacks(
    callbacks: Sequence[keras.callbacks.Callback],
) -> Iterable[tuple[str, str, np.ndarray]]:
    """The weights that callbacks keep, as groups of arrays for the checkpoint."""
    for index, callback in enumerate(callbacks):
        for weight in getattr(callback, _WEIGHTS, None) or ():
            yield _group(index), _WEIGHTS, np.asarray(weight)


def restore_callbacks(
    callbacks: Sequence[keras.callbacks.Callback], contents: Contents
) -> list[keras.callbacks.Callback]:
    """Lets the callbacks remember again.

    Each gets what was saved of one of its class: the first of the first, the second of
    the second.

    Returns:
        Those of which nothing was saved, though they remember something.
    """
    saved: dict[str, list[int]] = {}
    for index, entry in enumerate(contents.facts["callbacks"]):
        saved.setdefault(entry["class"], []).append(index)
    anew = []
    for callback in callbacks:
        same = saved.get(type(callback).__name__)
        if same:
            index = same.pop(0)
            weights = [array for _, array in contents.group(_group(index))]
            state = contents.facts["callbacks"][index]["state"]
            _restore(callback, state, weights)
        elif _remembers(callback):
            anew.append(callback)
    return anew


def warn_of_new(anew: Sequence[keras.callbacks.Callback], contents: Contents) -> None:
    """Says which callbacks begin anew, as nothing was saved of them."""
    if not anew:
        return
    names = ", ".join(type(callback).__name__ for callback in anew)
    before = ", ".join(entry["class"] for entry in contents.facts["callbacks"])
    warnings.warn(
        f"The run had the callbacks {before} before, and has more now; beginning anew: "
        f"{names}.",
        KerasSegWarning,
        stacklevel=3,
    )


def _restore(callback, state, weights):
    if hasattr(callback, "set_state"):
        callback.set_state(state)
        return
    for name, value in state.items():
        setattr(callback, name, value)
    if weights:
        setattr(callback, _WEIGHTS, weights)


def _remembers(callback):
    return hasattr(callback, "set_state") or isinstance(callback, tuple(_REMEMBERED))


def _state_of(callback):
    if hasattr(callback, "get_state"):
        return _checked(callback, callback.get_state())
    names = next(
        (names for kind, names in _REMEMBERED.items() if isinstance(callback, kind)), ()
    )
    return {name: _plain(getattr(callback, name, None)) for name in names}


def _checked(callback, state):
    """The state, if a checkpoint can hold it, whose facts are JSON."""
    for name, value in state.items():
        try:
            json.dumps(value)
        except (TypeError, ValueError) as error:
            raise ArgumentError(
                f"get_state() of the callback {type(callback).__name__} must return "
                f"plain values, and {name!r} is none: {error}; of a number of NumPy's, "
                f"return .item(). Received: {name}={value!r}"
            ) from error
    return state


def _plain(value):
    """A number of NumPy's or a backend's as Python's."""
    if value is None or isinstance(value, bool | int | float):
        return value
    return keras.ops.convert_to_numpy(value).item()


def _group(index):
    return f"callback {index}"
