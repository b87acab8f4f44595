"""Cross-entropy of the hard pixels alone."""

from __future__ import annotations

import keras
from keras import ops

from kerasseg.errors import ArgumentError
from kerasseg.losses.cross_entropy import CrossEntropy
from kerasseg.losses.options import ClassWeight, checked_number
from kerasseg.losses.scores_and_labels import Pixels
from kerasseg.losses.smallest_values import among_smallest

# Dividing by sums that differ in the last bits sets clipped probabilities apart.
_NEARLY_EQUAL = 1e-5  # of the bound at which they are clipped


@keras.saving.register_keras_serializable(package="kerasseg")
class OhemCrossEntropy(CrossEntropy):
    """Cross-entropy with online hard example mining.

    [Shrivastava et al.](https://arxiv.org/abs/1604.03540), on pixels. A pixel counts
    if the probability of its class is below `threshold`, or is among the `min_kept`
    smallest of the batch (all that equal the last of these included, as probabilities
    do that are clipped to one bound). The others are
    treated as ignored: the mean divides by the pixels kept. Pixels of weight 0 are no
    candidates. On several replicas each chooses from its own share of the batch. See
    `kerasseg.losses` for the options that all losses share.

    Args:
        threshold: Probability of the true class below which a pixel is hard, 0…1.
        min_kept: How many pixels of a batch are kept at least, ≥ 0.
        from_logits: Whether `y_pred` holds logits rather than probabilities.
        ignore_class: Class ids whose pixels are left out, or `None`.
        class_weight: Weight of each class, as a sequence or as `{class id: weight}`.
        label_smoothing: Share of the label, 0…1, that is spread evenly over all
            classes.
        reduction: As in Keras.
        name: Name of the loss.
        dtype: Precision to compute in; never less than float32.

    Raises:
        ArgumentError: An option is out of its range.

    Example:

    >>> import numpy as np
    >>> scores = np.array([[[[0.5, 0.5], [0.1, 0.9], [0.2, 0.8]]]], "float32")
    >>> loss = OhemCrossEntropy(threshold=0.7, min_kept=1)
    >>> round(float(loss(np.array([[[0, 1, 1]]]), scores)), 4)  # the first one alone
    0.6931
    """

    def __init__(
        self,
        threshold: float = 0.7,
        min_kept: int = 100_000,
        from_logits: bool = False,
        ignore_class: int | tuple[int, ...] | None = None,
        class_weight: ClassWeight | None = None,
        label_smoothing: float = 0.0,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: str | None = None,
    ):
        super().__init__(
            from_logits,
            ignore_class,
            class_weight,
            label_smoothing,
            reduction,
            name,
            dtype,
        )
        self.threshold = checked_number("threshold", threshold, 0, 1)
        if int(checked_number("min_kept", min_kept, 0)) != min_kept:
            raise ArgumentError(
                f"min_kept must be a whole number. Received: min_kept={min_kept!r}"
            )
        self.min_kept = int(min_kept)

    def terms(self, pixels: Pixels, sample_weight):
        values, weights, valid = super().terms(pixels, sample_weight)
        candidates = ops.logical_and(valid, weights > 0)
        return values, weights, self.hard_pixels(pixels, candidates)

    def hard_pixels(self, pixels: Pixels, candidates):
        """Which of the candidates count, bool (B, H, W)."""
        logarithms = ops.sum(pixels.targets * pixels.log_probabilities(), axis=-1)
        true = ops.stop_gradient(ops.exp(logarithms))  # of the true class, (B, H, W)
        hard = ops.logical_and(candidates, true < self.threshold)
        if not self.min_kept:
            return hard
        tolerance = 0 if self.from_logits else _NEARLY_EQUAL * keras.config.epsilon()
        least = among_smallest(true, candidates, self.min_kept, tolerance)
        return ops.logical_or(hard, least)

    def get_config(self):
        config = {"threshold": self.threshold, "min_kept": self.min_kept}
        return {**super().get_config(), **config}
