"""Labels that no class has are named where the values can be seen.

Eagerly and in NumPy they can: an error names them. In a compiled graph no error can be
raised on every backend, and the loss becomes NaN instead (see `segmentation_loss.py`).
"""

from __future__ import annotations

import keras
import numpy as np
from keras import ops

from kerasseg.errors import ArgumentError


def check_ids(y_true, classes: int, ignored: tuple[int, ...]) -> None:
    """Raises `ArgumentError` for ids outside 0 … classes - 1 that are not ignored."""
    values = visible(y_true)
    if values is None:
        return
    values = np.asarray(values)
    fits = np.isin(values, ignored) | (
        (values >= 0) & (values < classes) & (values == np.floor(values))
    )
    if fits.all():
        return
    found = ", ".join(f"{value:g}" for value in np.unique(values[~fits])[:5])
    raise ArgumentError(
        f"y_true must hold the class ids 0 … {classes - 1} of the {classes} classes of "
        f"y_pred, or ids named by ignore_class. Received: labels {found} in "
        f"{(~fits).sum()} of {fits.size} pixels, ignore_class={ignored or None}"
    )


def check_shares(y_true) -> None:
    """Raises `ArgumentError` for one-hot or soft labels outside 0 … 1."""
    values = visible(y_true)
    if values is None or values.size == 0:
        return
    values = np.asarray(values, "float64")
    if not (values.min() >= 0 and values.max() <= 1):
        raise ArgumentError(
            "y_true with a channel for each class must hold values of 0 … 1. "
            f"Received: values of {values.min():g} … {values.max():g}"
        )


def visible(tensor) -> np.ndarray | None:
    """The values of an array that is at hand, or `None` inside a graph.

    Values on an accelerator count as not at hand: to fetch them would stop it at every
    step.
    """
    if isinstance(tensor, keras.KerasTensor):
        return None
    if "cpu" not in str(getattr(tensor, "device", "cpu")).lower():
        return None
    try:
        return ops.convert_to_numpy(tensor)
    except (NotImplementedError, TypeError, AttributeError):  # a tensor of a graph
        return None
