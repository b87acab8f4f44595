"""Numbers that no training comes back from: NaN and infinity among the weights."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np

from kerasseg.errors import TrainingError

# Optimizers keep a loss scale beside the moments; any value of it is a lawful one.
_LAWFUL = ("dynamic_scale",)
_STATISTICS = ("moving_mean", "moving_variance")


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


def lost_variable(
    model: keras.Model, optimizer: keras.optimizers.Optimizer | None = None
) -> str | None:
    """The path of a variable such that the training cannot go on, if there is one.

    Asked are the weights that are trained, the statistics of BatchNormalization, and
    the moments of the optimizer. Any other variable may be infinite, as a running
    minimum is at the beginning, and a mask of attention all along.
    """
    watched = [v for v in model.variables if v.trainable or _ends(v, _STATISTICS)]
    if optimizer is not None:
        watched += [v for v in optimizer.variables if not _ends(v, _LAWFUL)]
    return next((v.path for v in watched if not _is_finite(v)), None)


def _ends(variable, names):
    return variable.path.rsplit("/", 1)[-1] in names


def _is_finite(variable):
    array = keras.ops.convert_to_numpy(variable)
    return array.dtype.kind in "biuUS" or bool(np.isfinite(array).all())
