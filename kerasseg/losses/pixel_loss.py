"""Losses that are a weighted mean over pixels."""

from __future__ import annotations

from keras import ops

from kerasseg.losses.scores_and_labels import Pixels
from kerasseg.losses.segmentation_loss import SegmentationLoss


class PixelLoss(SegmentationLoss):
    """A loss of one value a pixel; a subclass gives `pixel_values`.

    A pixel weighs its sample weight times the weight of its class.
    """

    def terms(self, pixels: Pixels, sample_weight):
        values = self.pixel_values(pixels)  # (B, H, W)
        weights = pixels.weights * self.weights_by_class(pixels)
        return values, weights, pixels.valid

    def pixel_values(self, pixels: Pixels):
        """The loss of each pixel, (B, H, W), finite where a pixel is ignored, too."""
        raise NotImplementedError

    def weights_by_class(self, pixels: Pixels):
        """The weight of each pixel's class, (B, H, W), or 1."""
        weights = self.class_weights(pixels)
        if weights is None:
            return ops.ones((1, 1, 1), pixels.targets.dtype)
        return ops.sum(pixels.targets * weights, axis=-1)


def smoothed(targets, label_smoothing: float):
    """Targets drawn towards the same share for every class, as in Keras."""
    if not label_smoothing:
        return targets
    return targets * (1 - label_smoothing) + label_smoothing / targets.shape[-1]
