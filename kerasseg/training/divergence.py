"""Numbers that no training comes back from: NaN and infinity among the weights."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from kerasseg.errors import TrainingError

# Optimizers keep a loss scale beside the moments; any value of it is a lawful one.
_LAWFUL = ("dynamic_scale",)


def diverged(what: str, checkpoints: Path) -> TrainingError:
    """The error that ends a training: what is wrong, what to do, what is left.

    Args:
        what: What is not finite, and where.
        checkpoints: The folder of the checkpoints.
    """
    return TrainingError(
        f"{what}: the training has diverged, or there are images, masks or weights "
        "that the loss cannot take. Begin anew with a smaller learning rate or with "
        "the gradients clipped. best.keras and the checkpoints in "
        f"{checkpoints}, where there are any, are from before."
    )


def is_finite(name: str, array: np.ndarray) -> bool:
    """Whether the numbers of a variable are such that a training can go on.

    Args:
        name: Its path.
        array: Its numbers, of any type.
    """
    if array.dtype.kind in "biuUS" or name.rsplit("/", 1)[-1] in _LAWFUL:
        return True
    return bool(np.isfinite(array).all())


def are_finite(arrays: Iterable[tuple[str, str, np.ndarray]]) -> bool:
    """Whether all variables of `training_state.arrays_of` are."""
    return all(is_finite(name, array) for _, name, array in arrays)
