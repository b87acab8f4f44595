"""Cross-entropy, plain or weighted."""

from __future__ import annotations

import keras
from keras import ops

from kerasseg.losses.options import ClassWeight, checked_number
from kerasseg.losses.pixel_loss import PixelLoss, smoothed
from kerasseg.losses.scores_and_labels import Pixels


@keras.saving.register_keras_serializable(package="kerasseg")
class CrossEntropy(PixelLoss):
    """Cross-entropy of every pixel, weighted by class and by pixel if wanted.

    Equal to `keras.losses.SparseCategoricalCrossentropy`, for one channel to
    `BinaryCrossentropy`, where both take the same arguments. See `kerasseg.losses` for
    the options that all losses share and for what the mean divides by.

    Args:
        from_logits: Whether `y_pred` holds logits rather than probabilities.
        ignore_class: Class ids whose pixels are left out, or `None`.
        class_weight: Weight of each class, as a sequence or as `{class id: weight}`.
        label_smoothing: Share of the label, 0…1, that is spread evenly over all
            classes.
        reduction: As in Keras; `"mean_with_sample_weight"` divides by the sum of the
            weights, as PyTorch does with its class weights.
        name: Name of the loss.
        dtype: Precision to compute in; never less than float32.

    Raises:
        ArgumentError: An option is out of its range.

    Example:

    >>> import numpy as np
    >>> labels = np.array([[[0, 1, 255]]])  # one image of 1×3 pixels
    >>> scores = np.array([[[[0.5, 0.5], [0.25, 0.75], [0.1, 0.9]]]], "float32")
    >>> loss = CrossEntropy(ignore_class=255, class_weight=[1.0, 2.0])
    >>> round(float(loss(labels, scores)), 4)  # (-log 0.5 - 2 log 0.75) / 2
    0.6343
    """

    def __init__(
        self,
        from_logits: bool = False,
        ignore_class: int | tuple[int, ...] | None = None,
        class_weight: ClassWeight | None = None,
        label_smoothing: float = 0.0,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: str | None = None,
    ):
        super().__init__(
            from_logits, ignore_class, class_weight, reduction, name, dtype
        )
        self.label_smoothing = checked_number("label_smoothing", label_smoothing, 0, 1)

    def pixel_values(self, pixels: Pixels):
        targets = smoothed(pixels.targets, self.label_smoothing)
        if pixels.from_logits and pixels.channels > 1:
            # One kernel forward and backward; XLA makes slow work of the other way.
            return ops.categorical_crossentropy(
                targets, pixels.scores, from_logits=True
            )
        return -ops.sum(targets * pixels.log_probabilities(), axis=-1)

    def get_config(self):
        return {**super().get_config(), "label_smoothing": self.label_smoothing}
