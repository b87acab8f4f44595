"""Tversky loss: Dice with prices for either kind of error."""

from __future__ import annotations

import keras

from kerasseg.losses.options import ClassWeight, checked_number
from kerasseg.losses.overlap_loss import OverlapLoss


@keras.saving.register_keras_serializable(package="kerasseg")
class Tversky(OverlapLoss):
    """Tversky loss, 1 - |P ∩ G| / (|P ∩ G| + α |P \\ G| + β |G \\ P|), over classes.

    [Salehi et al., Tversky loss function](https://arxiv.org/abs/1706.05721), who found
    α = 0.3 and β = 0.7 best for small lesions. α = β = 0.5 is Dice, α = β = 1 Jaccard.
    (`keras.losses.Tversky` of Keras 3.15 has α and β the other way round.) One channel
    gives the loss of the foreground. See `kerasseg.losses` for the options that all
    losses share.

    Args:
        alpha: Weight of what is predicted and not labelled, ≥ 0.
        beta: Weight of what is labelled and not predicted, ≥ 0.
        from_logits: Whether `y_pred` holds logits rather than probabilities.
        ignore_class: Class ids whose pixels are left out, or `None`.
        class_weight: Weight of each class in the mean over classes, as a sequence or as
            `{class id: weight}`.
        per_image: Whether each image is compared by itself, rather than all pixels of
            the batch together.
        classes: `"present"`: the mean runs over the classes that the labels hold;
            `"all"`: over all, and what is predicted of an absent class costs 1.
        smooth: Added to both sides of the fraction; > 0 makes the loss of an absent
            class grow from 0 (with `classes="all"`).
        reduction: As in Keras, over images if `per_image`.
        name: Name of the loss.
        dtype: Precision to compute in; never less than float32.

    Raises:
        ArgumentError: An option is out of its range.

    Example:

    >>> import numpy as np
    >>> scores = np.array([[[[0.5, 0.5], [0.25, 0.75]]]], "float32")
    >>> round(float(Tversky(alpha=0.3, beta=0.7)(np.array([[[0, 1]]]), scores)), 4)
    0.3809
    """

    def __init__(
        self,
        alpha: float = 0.5,
        beta: float = 0.5,
        from_logits: bool = False,
        ignore_class: int | tuple[int, ...] | None = None,
        class_weight: ClassWeight | None = None,
        per_image: bool = False,
        classes: str = "present",
        smooth: float = 0.0,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: str | None = None,
    ):
        super().__init__(
            from_logits,
            ignore_class,
            class_weight,
            per_image,
            classes,
            False,
            smooth,
            reduction,
            name,
            dtype,
        )
        self.alpha = checked_number("alpha", alpha, 0)
        self.beta = checked_number("beta", beta, 0)

    def ratio(self, overlap, predicted, labelled):
        false_alarms = self.alpha * (predicted - overlap)
        misses = self.beta * (labelled - overlap)
        return overlap, overlap + false_alarms + misses

    def get_config(self):
        config = super().get_config()
        del config["squared"]  # not an option here
        return {**config, "alpha": self.alpha, "beta": self.beta}
