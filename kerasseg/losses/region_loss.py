"""Losses that compare whole regions, class by class."""

from __future__ import annotations

from keras import ops

from kerasseg.losses.options import ClassWeight, checked_choice
from kerasseg.losses.scores_and_labels import Pixels, weighs_images
from kerasseg.losses.segmentation_loss import SegmentationLoss


class RegionLoss(SegmentationLoss):
    """A mean over classes, of the batch or of each image; see `class_losses`.

    Weights of pixels count inside: a pixel of weight 2 is two pixels. Of each image by
    itself, weights (batch,) weigh the images.
    """

    def __init__(
        self,
        from_logits: bool = False,
        ignore_class: int | tuple[int, ...] | None = None,
        class_weight: ClassWeight | None = None,
        per_image: bool = False,
        classes: str = "present",
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: str | None = None,
    ):
        super().__init__(
            from_logits, ignore_class, class_weight, reduction, name, dtype
        )
        self.per_image = bool(per_image)
        self.classes = checked_choice("classes", classes, ("present", "all"))

    def terms(self, pixels: Pixels, sample_weight):
        image_weights = ops.ones((1,), pixels.targets.dtype)
        images_weigh = sample_weight is not None and weighs_images(sample_weight)
        if self.per_image and images_weigh:
            image_weights = ops.reshape(pixels.weights, (-1,))
            pixels = pixels._replace(weights=ops.ones_like(pixels.weights[:1]))
        labelled = self.sums(pixels.targets * pixels.pixel_weights[..., None])
        losses = self.class_losses(pixels)  # (regions, C)
        shares = self.class_shares(pixels, labelled[:, -pixels.channels :])
        total = ops.sum(shares, axis=-1)
        values = ops.sum(losses * shares, axis=-1) / ops.where(total > 0, total, 1)
        return values, image_weights, ops.sum(labelled, axis=-1) > 0

    def class_losses(self, pixels: Pixels):
        """The loss of each channel, (regions, C): one region, or one an image."""
        raise NotImplementedError

    def class_shares(self, pixels: Pixels, labelled):
        """How much each channel counts in the mean, (regions, C)."""
        shares = ops.ones_like(labelled)
        if self.classes == "present":
            shares = ops.cast(labelled > 0, labelled.dtype)
        weights = self.class_weights(pixels)
        return shares if weights is None else shares * weights[-pixels.channels :]

    def sums(self, maps):
        """Sums over each region, (B, H, W, C) to (regions, C)."""
        sums = ops.sum(maps, axis=(1, 2))
        return sums if self.per_image else ops.sum(sums, axis=0, keepdims=True)

    def on_pixels(self, y_true, y_pred, sample_weight=None, keep=None):
        loss = super().on_pixels(y_true, y_pred, sample_weight, keep)
        one_unreduced = not self.per_image and len(loss.shape) == 1
        return ops.squeeze(loss, 0) if one_unreduced else loss

    def get_config(self):
        config = {"per_image": self.per_image, "classes": self.classes}
        return {**super().get_config(), **config}
