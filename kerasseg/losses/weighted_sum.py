"""Sums of losses."""

from __future__ import annotations

from collections.abc import Sequence

import keras
from keras import ops

from kerasseg.errors import ArgumentError
from kerasseg.losses.options import checked_number
from kerasseg.losses.signed_distance import shares_of_distances


@keras.saving.register_keras_serializable(package="kerasseg")
class WeightedSum(keras.losses.Loss):
    """Sum of several losses of the same scores.

    With a `Boundary` among them, `y_true` holds distances; the others then get the
    labels that these were made of, as one channel a class with ignored pixels all 0.

    Args:
        losses: Losses of kerasseg or of Keras.
        weights: A finite number ≥ 0 for each; all 1 if `None`.
        reduction: `None`: each loss keeps its own. Otherwise the reduction of all.
        name: Name of the loss.
        dtype: Precision of the sum; never less than float32.

    Raises:
        ArgumentError: There are no losses, or not as many weights.

    Example:

    >>> import numpy as np
    >>> from kerasseg.losses import CrossEntropy, Dice
    >>> scores = np.array([[[[0.5, 0.5], [0.25, 0.75]]]], "float32")
    >>> loss = WeightedSum([CrossEntropy(), Dice()], weights=[1.0, 0.5])
    >>> round(float(loss(np.array([[[0, 1]]]), scores)), 4)  # 0.4904 + 0.381 / 2
    0.6809
    """

    def __init__(
        self,
        losses: Sequence[keras.losses.Loss],
        weights: Sequence[float] | None = None,
        reduction: str | None = None,
        name: str | None = None,
        dtype: str | None = None,
    ):
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        losses = list(losses)
        if not losses or not all(isinstance(x, keras.losses.Loss) for x in losses):
            raise ArgumentError(
                "losses must be one or more instances of keras.losses.Loss. "
                f"Received: losses={losses!r}"
            )
        weights = [1.0] * len(losses) if weights is None else list(weights)
        if len(weights) != len(losses):
            raise ArgumentError(
                f"weights must hold one number for each of the {len(losses)} losses. "
                f"Received: weights={weights!r}"
            )
        self.weights = [checked_number("weights", weight, 0) for weight in weights]
        if reduction is not None:
            losses = [_with_reduction(loss, reduction) for loss in losses]
        self.losses = losses

    @property
    def takes_distances(self) -> bool:
        return any(map(takes_distances, self.losses))

    def __call__(self, y_true, y_pred, sample_weight=None):
        return self.on_pixels(y_true, y_pred, sample_weight)

    def on_pixels(self, y_true, y_pred, sample_weight=None, keep=None):
        """The sum over the pixels that `keep` leaves (see `SegmentationLoss`)."""
        dtype = "float32" if self.dtype in ("float16", "bfloat16") else self.dtype
        total = 0.0
        for loss, weight in zip(self.losses, self.weights, strict=True):
            labels = self._labels_for(loss, y_true, dtype)
            if keep is None:
                value = loss(labels, y_pred, sample_weight)
            else:
                value = loss.on_pixels(labels, y_pred, sample_weight, keep)
            total = total + weight * ops.cast(value, dtype)
        return total

    def _labels_for(self, loss, y_true, dtype):
        if not self.takes_distances or takes_distances(loss):
            return y_true
        return shares_of_distances(ops.convert_to_tensor(y_true), dtype)

    def get_config(self):
        losses = [keras.saving.serialize_keras_object(loss) for loss in self.losses]
        config = {"losses": losses, "weights": self.weights, "dtype": self.dtype}
        return {**super().get_config(), **config}

    @classmethod
    def from_config(cls, config):
        losses = [
            keras.saving.deserialize_keras_object(loss) for loss in config["losses"]
        ]
        return cls(**{**config, "losses": losses})


def takes_distances(loss) -> bool:
    """Whether `y_true` of a loss holds distances rather than labels."""
    return getattr(loss, "takes_distances", False)


def _with_reduction(loss, reduction):
    return type(loss).from_config({**loss.get_config(), "reduction": reduction})
