"""Lovász-softmax loss: mean IoU itself, made continuous."""

from __future__ import annotations

import keras
from keras import ops

from kerasseg.losses.lovasz_extension import lovasz_extension
from kerasseg.losses.region_loss import RegionLoss
from kerasseg.losses.scores_and_labels import Pixels


@keras.saving.register_keras_serializable(package="kerasseg")
class LovaszSoftmax(RegionLoss):
    """Lovász extension of the Jaccard loss, averaged over classes.

    [Berman et al., The Lovász-softmax loss](https://arxiv.org/abs/1705.08790). For one
    channel, `from_logits=True` gives the paper's binary Lovász hinge, otherwise it is
    the Lovász-softmax of the foreground. Labels must be hard. See `kerasseg.losses` for
    the options that all losses share.

    Args:
        from_logits: Whether `y_pred` holds logits rather than probabilities.
        ignore_class: Class ids whose pixels are left out, or `None`.
        class_weight: Weight of each class in the mean over classes, as a sequence or as
            `{class id: weight}`.
        per_image: Whether each image is a loss by itself, rather than all pixels of the
            batch together.
        classes: `"present"`: the mean runs over the classes that the labels hold;
            `"all"`: over all.
        reduction: As in Keras, over images if `per_image`.
        name: Name of the loss.
        dtype: Precision to compute in; never less than float32.

    Raises:
        ArgumentError: An option is out of its range.

    Example:

    >>> import numpy as np
    >>> scores = np.array([[[[0.5, 0.5], [0.25, 0.75]]]], "float32")
    >>> round(float(LovaszSoftmax()(np.array([[[0, 1]]]), scores)), 4)
    0.4375
    """

    def class_losses(self, pixels: Pixels):
        errors = ops.abs(pixels.channel_targets - pixels.probabilities())
        if pixels.channels == 1 and self.from_logits:  # the hinge
            errors = ops.relu(1 - pixels.scores * (2 * pixels.channel_targets - 1))
        weights = ops.broadcast_to(pixels.pixel_weights[..., None], ops.shape(errors))
        errors, labelled, weights = (
            self._by_class(maps)
            for maps in (errors, weights * pixels.channel_targets, weights)
        )
        if self.classes == "present":
            # Equal errors are sorted three times as fast, and nearly all time is spent
            # there: the classes that do not count are not worth more.
            # A NaN stays, to show in the loss.
            present = ops.any(labelled > 0, axis=-1, keepdims=True)
            kept = ops.logical_or(present, ops.isnan(errors))
            errors = ops.where(kept, errors, ops.zeros_like(errors))
        return lovasz_extension(errors, labelled, weights)

    def _by_class(self, maps):
        """(B, H, W, C) to (regions, C, pixels)."""
        first, height, width, classes = ops.shape(maps)
        if self.per_image:
            maps = ops.transpose(maps, (0, 3, 1, 2))
            return ops.reshape(maps, (first, classes, height * width))
        return ops.reshape(ops.transpose(maps, (3, 0, 1, 2)), (1, classes, -1))
