"""Training on random pixels of each batch."""

from __future__ import annotations

import functools

import keras
from keras import ops

from kerasseg.errors import ArgumentError
from kerasseg.losses.options import checked_number
from kerasseg.losses.seed_of_batch import SeedOfBatch
from kerasseg.losses.smallest_values import among_smallest
from kerasseg.losses.weighted_sum import WeightedSum, takes_distances


@keras.saving.register_keras_serializable(package="kerasseg")
class SampledPixels(keras.losses.Loss):
    """A loss over random pixels of each batch, the others being ignored.

    [Long et al., Fully convolutional networks](https://arxiv.org/abs/1411.4038),
    section 3.4: whole images with a loss on random pixels train as patches do, each
    patch being the receptive field of a pixel. Give `fraction` or `count`.

    The pixels are a pure function of `seed` and the batch's scores and labels: they
    change from step to step as the batch and the net do, and a run that resumes draws
    what it would have drawn. No state is kept, since the state of a
    `keras.random.SeedGenerator` inside a loss is neither advanced on JAX nor saved. A
    loss does not know whether it trains; evaluation draws pixels, too.

    Args:
        loss: A loss of kerasseg.
        fraction: Probability, above 0 and up to 1, of each pixel to count.
        count: How many pixels count in a batch (in each replica's share of it); all
            where fewer are labelled.
        seed: Whole number.
        name: Name of the loss.
        dtype: As in Keras; the inner loss computes in its own.

    Raises:
        ArgumentError: Both or none of `fraction` and `count` are given, one is out of
            its range, or `loss` is not one of kerasseg's.

    Example:

    >>> import numpy as np
    >>> from kerasseg.losses import CrossEntropy
    >>> loss = SampledPixels(CrossEntropy(reduction="sum"), count=3)
    >>> scores = np.full((1, 8, 8, 2), 0.5, "float32")
    >>> round(float(loss(np.zeros((1, 8, 8), int), scores) / np.log(2)), 4)
    3.0
    """

    def __init__(
        self,
        loss: keras.losses.Loss,
        fraction: float | None = None,
        count: int | None = None,
        seed: int = 0,
        name: str | None = None,
        dtype: str | None = None,
    ):
        if not _works_on_pixels(loss):
            raise ArgumentError(
                "loss must be a loss of kerasseg, or a WeightedSum of such. "
                f"Received: loss={loss!r}"
            )
        super().__init__(name=name, reduction=loss.reduction, dtype=dtype)
        _check_amount(fraction, count)
        self.loss = loss
        self.fraction = None if fraction is None else float(fraction)
        self.count = None if count is None else int(count)
        self.seed = int(seed)

    @property
    def takes_distances(self) -> bool:
        return takes_distances(self.loss)

    def __call__(self, y_true, y_pred, sample_weight=None):
        seed = SeedOfBatch(self.seed, y_true, y_pred)
        keep = functools.partial(self.draw, seed)
        return self.loss.on_pixels(y_true, y_pred, sample_weight, keep)

    def draw(self, seed: keras.random.SeedGenerator, valid):
        """Which pixels count, of the valid ones (batch, height, width)."""
        chance = keras.random.uniform(ops.shape(valid), dtype="float32", seed=seed)
        if self.fraction is not None:
            return ops.logical_and(valid, chance < self.fraction)
        return among_smallest(chance, valid, self.count)

    def get_config(self):
        return {
            "loss": keras.saving.serialize_keras_object(self.loss),
            "fraction": self.fraction,
            "count": self.count,
            "seed": self.seed,
            "name": self.name,
            "dtype": self.dtype,
        }

    @classmethod
    def from_config(cls, config):
        loss = keras.saving.deserialize_keras_object(config["loss"])
        return cls(**{**config, "loss": loss})


def _works_on_pixels(loss) -> bool:
    if isinstance(loss, WeightedSum):
        return all(map(_works_on_pixels, loss.losses))
    return hasattr(loss, "on_pixels")


def _check_amount(fraction, count):
    if (fraction is None) == (count is None):
        raise ArgumentError(
            "give either fraction or count. "
            f"Received: fraction={fraction!r}, count={count!r}"
        )
    if count is not None:
        if int(checked_number("count", count, 1)) != count:
            raise ArgumentError(
                f"count must be a whole number. Received: count={count!r}"
            )
    elif checked_number("fraction", fraction, 0, 1) == 0:
        raise ArgumentError(
            f"fraction must be above 0. Received: fraction={fraction!r}"
        )
