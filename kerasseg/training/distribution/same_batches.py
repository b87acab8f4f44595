"""Whether all workers read the same batches, before they take their rows of them."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf

from kerasseg.data.pipeline.untuned import untuned
from kerasseg.errors import ArgumentError
from kerasseg.training.batches import Batches

if TYPE_CHECKING:
    from kerasseg.training.distribution.strategy import Strategy

_STEPS = 4
_DIFFERENCE = 1e-5  # relative; machines may compute the last bits of images otherwise


def check_same_batches(strategy: Strategy, batches: Batches, name: str) -> None:
    """Refuses batches that each worker shuffles in its own way; all call this.

    Rows of different batches would leave images out and repeat others, and nothing
    would show it. Data with a method `shard` part themselves by a seed, and are not
    read here; of others the first batches are compared.

    Args:
        strategy: Of this worker.
        batches: Whole ones.
        name: Of the argument.

    Raises:
        ArgumentError: They differ; every worker raises it.
    """
    if strategy.workers == 1 or hasattr(batches, "shard"):
        return
    found = summary(batches)
    wanted = strategy.chiefs(found)
    is_same = np.allclose(found, wanted, rtol=_DIFFERENCE, atol=0, equal_nan=True)
    if strategy.any(not is_same):
        raise ArgumentError(
            f"The workers read different batches of {name}: images would be left out, "
            "and others read twice. Shuffle with a seed, such as shuffle(100, seed=1, "
            "reshuffle_each_iteration=False), give one to all else that draws numbers "
            "(list_files shuffles too), or use a kerasseg.data.Pipeline. "
            f"Received: {name} in another order, or other data, on each worker"
        )


def summary(batches: Batches) -> np.ndarray:
    """Numbers of the first batches that those of another order do not have.

    Returns:
        `(9,)` float64: how many steps there are; of each batch, or 0 where there is
        none, its images, and their values weighed by their places in the batch.
    """
    first = islice(iter(untuned(batches.epoch(0))), _STEPS)
    found = [(len(tf.nest.flatten(batch)[0]), _weighed(batch)) for batch in first]
    found += [(0, 0.0)] * (_STEPS - len(found))
    return np.array([batches.steps_per_epoch, *np.ravel(found)], np.float64)


def _weighed(batch: Any) -> float:
    total = 0.0
    for number, values in enumerate(tf.nest.flatten(batch), 1):
        values = np.abs(np.asarray(values, np.float64)).reshape(len(values), -1)
        means = values.mean(axis=1)  # (B,)
        total += number * float(means @ np.arange(1, len(means) + 1))
    return total
