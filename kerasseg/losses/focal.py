"""Focal loss: easy pixels count less."""

from __future__ import annotations

import keras
from keras import ops

from kerasseg.losses.cross_entropy import CrossEntropy
from kerasseg.losses.options import ClassWeight, checked_number
from kerasseg.losses.pixel_loss import smoothed
from kerasseg.losses.scores_and_labels import Pixels


@keras.saving.register_keras_serializable(package="kerasseg")
class Focal(CrossEntropy):
    """Focal loss, `-α (1 - p)^γ log p` of the probability p of the true class.

    [Lin et al., Focal loss for dense object detection](
    https://arxiv.org/abs/1708.02002). The paper's α is `class_weight`: its 0.25 for the
    foreground is `class_weight=(0.75, 0.25)`. With `gamma=0` it is the cross-entropy.
    See `kerasseg.losses` for the options that all losses share.

    Args:
        gamma: How much easy pixels lose, ≥ 0.
        from_logits: Whether `y_pred` holds logits rather than probabilities.
        ignore_class: Class ids whose pixels are left out, or `None`.
        class_weight: Weight of each class, as a sequence or as `{class id: weight}`.
        label_smoothing: Share of the label, 0…1, that is spread evenly over all
            classes; every class then adds its share of its own focal loss.
        reduction: As in Keras.
        name: Name of the loss.
        dtype: Precision to compute in; never less than float32.

    Raises:
        ArgumentError: An option is out of its range.

    Example:

    >>> import numpy as np
    >>> scores = np.array([[[[0.5, 0.5], [0.1, 0.9]]]], "float32")
    >>> losses = Focal(gamma=2.0, reduction=None)(np.array([[[0, 1]]]), scores)
    >>> [round(float(loss), 4) for loss in losses[0, 0]]
    [0.1733, 0.0011]
    """

    def __init__(
        self,
        gamma: float = 2.0,
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
        self.gamma = checked_number("gamma", gamma, 0)

    def pixel_values(self, pixels: Pixels):
        targets = smoothed(pixels.targets, self.label_smoothing)
        logarithms = pixels.log_probabilities()
        # 1 - p without the cancellation, and never 0, where a power has no derivative.
        missing = ops.maximum(-ops.expm1(logarithms), keras.config.epsilon())
        values = ops.power(missing, self.gamma) * logarithms
        return -ops.sum(targets * values, axis=-1)

    def get_config(self):
        return {**super().get_config(), "gamma": self.gamma}
