"""What all losses share: options, reading, reduction and configuration."""

from __future__ import annotations

import keras
from keras import ops

from kerasseg.ignored_labels import checked_ignore_class, ignored_labels
from kerasseg.losses.keras_reduction import reduce_like_keras
from kerasseg.losses.options import (
    ClassWeight,
    checked_class_weight,
    weights_of_classes,
)
from kerasseg.losses.scores_and_labels import (
    Pixels,
    check_rank_is_known,
    read_pixels,
)


class SegmentationLoss(keras.losses.Loss):
    """Base of the losses; a subclass gives `terms` (see `PixelLoss`, `RegionLoss`)."""

    def __init__(
        self,
        from_logits: bool = False,
        ignore_class: int | tuple[int, ...] | None = None,
        class_weight: ClassWeight | None = None,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: str | None = None,
    ):
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        self.from_logits = bool(from_logits)
        self.ignore_class = checked_ignore_class(ignore_class)
        self.class_weight = checked_class_weight(class_weight)

    def __call__(self, y_true, y_pred, sample_weight=None):
        return self.on_pixels(y_true, y_pred, sample_weight)

    def call(self, y_true, y_pred):
        """The values before the reduction, as Keras's `Loss` has it."""
        return self.terms(self.read(y_true, y_pred), None)[0]

    def on_pixels(self, y_true, y_pred, sample_weight=None, keep=None):
        """The loss over the pixels that `keep` leaves, of those not ignored.

        Args:
            keep: From the valid pixels, bool (batch, height, width), to those kept.
        """
        if sample_weight is not None:
            sample_weight = ops.convert_to_tensor(sample_weight)
            check_rank_is_known("sample_weight", sample_weight)
        with keras.name_scope(self.name):
            pixels = self.read(y_true, y_pred, sample_weight)
            if keep is not None:
                pixels = without(pixels, keep(pixels.valid))
            values, weights, valid = self.terms(pixels, sample_weight)
            loss = reduce_like_keras(values, weights, valid, self.reduction)
            # A constant: what is wrong shows in the loss, and spares the weights.
            nan = ops.cast(float("nan"), loss.dtype)
            return loss + ops.where(pixels.faulty, nan, ops.zeros_like(nan))

    def read(self, y_true, y_pred, sample_weight=None) -> Pixels:
        if not hasattr(y_true, "shape"):
            y_true = ops.convert_to_tensor(y_true)
        check_rank_is_known("y_true", y_true)
        return read_pixels(
            y_true,
            y_pred,
            sample_weight,
            from_logits=self.from_logits,
            ignored=ignored_labels(self.ignore_class),
            dtype=self.compute_dtype,
        )

    def terms(self, pixels: Pixels, sample_weight):
        """Values to reduce, their weights, and which of them count."""
        raise NotImplementedError

    @property
    def compute_dtype(self) -> str:
        """Half precision holds neither sums over images nor small logarithms."""
        return "float32" if self.dtype in ("float16", "bfloat16") else self.dtype

    def class_weights(self, pixels: Pixels):
        """One weight a class (K,), or `None`."""
        weights = weights_of_classes(self.class_weight, pixels.classes)
        if weights is None:
            return None
        return ops.convert_to_tensor(weights, pixels.targets.dtype)

    def get_config(self):
        return {
            "from_logits": self.from_logits,
            "ignore_class": self.ignore_class,
            "class_weight": self.class_weight,
            **super().get_config(),
            "dtype": self.dtype,
        }


def without(pixels: Pixels, kept) -> Pixels:
    """The same pixels, with those that are not kept ignored like the others."""
    valid = ops.logical_and(pixels.valid, kept)
    return pixels._replace(
        valid=valid,
        targets=pixels.targets * ops.cast(valid[..., None], pixels.targets.dtype),
    )
