"""Dice loss."""

from __future__ import annotations

import keras

from kerasseg.losses.overlap_loss import OverlapLoss


@keras.saving.register_keras_serializable(package="kerasseg")
class Dice(OverlapLoss):
    """Dice loss, 1 - 2 |P ∩ G| / (|P| + |G|), averaged over classes.

    [Milletari et al., V-Net](https://arxiv.org/abs/1606.04797), whose form is
    `squared=True`. One channel gives the loss of the foreground. See `kerasseg.losses`
    for the options that all losses share.

    Args:
        from_logits: Whether `y_pred` holds logits rather than probabilities.
        ignore_class: Class ids whose pixels are left out, or `None`.
        class_weight: Weight of each class in the mean over classes, as a sequence or as
            `{class id: weight}`.
        per_image: Whether each image is compared by itself, rather than all pixels of
            the batch together.
        classes: `"present"`: the mean runs over the classes that the labels hold;
            `"all"`: over all, and what is predicted of an absent class costs 1.
        squared: Whether to sum squares in the denominator, as V-Net does.
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
    >>> round(float(Dice()(np.array([[[0, 1]]]), scores)), 4)
    0.381
    """

    def ratio(self, overlap, predicted, labelled):
        return 2 * overlap, predicted + labelled
