"""Losses that are one minus a ratio of overlapping areas."""

from __future__ import annotations

from keras import ops

from kerasseg.losses.options import ClassWeight, checked_number
from kerasseg.losses.region_loss import RegionLoss
from kerasseg.losses.scores_and_labels import Pixels


class OverlapLoss(RegionLoss):
    """One minus an overlap of what is predicted and what is labelled; see `ratio`."""

    def __init__(
        self,
        from_logits: bool = False,
        ignore_class: int | tuple[int, ...] | None = None,
        class_weight: ClassWeight | None = None,
        per_image: bool = False,
        classes: str = "present",
        squared: bool = False,
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
            reduction,
            name,
            dtype,
        )
        self.squared = bool(squared)
        self.smooth = checked_number("smooth", smooth, 0)

    def class_losses(self, pixels: Pixels):
        weights = pixels.pixel_weights[..., None]
        predicted, labelled = pixels.probabilities(), pixels.channel_targets
        overlap = self.sums(weights * predicted * labelled)  # (regions, C)
        nothing = True
        if self.squared:
            # Squares of small probabilities vanish in float32: they do not tell.
            nothing = self.sums(weights * predicted) == 0
            predicted, labelled = ops.square(predicted), ops.square(labelled)
        part, whole = self.ratio(
            overlap, self.sums(weights * predicted), self.sums(weights * labelled)
        )
        part, whole = part + self.smooth, whole + self.smooth
        # Nothing predicted where nothing is labelled is as good as it can be.
        empty = whole <= 0  # False for NaN, which is to show in the loss
        best = ops.cast(ops.logical_and(empty, nothing), whole.dtype)
        return 1 - ops.where(empty, best, part / ops.where(empty, 1, whole))

    def ratio(self, overlap, predicted, labelled):
        """Numerator and denominator, from areas (regions, C)."""
        raise NotImplementedError

    def get_config(self):
        config = {"squared": self.squared, "smooth": self.smooth}
        return {**super().get_config(), **config}
