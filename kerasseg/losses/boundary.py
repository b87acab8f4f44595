"""Boundary loss: predictions weighed by how far they lie from the true boundary."""

from __future__ import annotations

import keras
import numpy as np
from keras import ops

from kerasseg.errors import ArgumentError
from kerasseg.losses.label_check import visible
from kerasseg.losses.pixel_loss import PixelLoss
from kerasseg.losses.scores_and_labels import Pixels
from kerasseg.losses.signed_distance import shares_of_distances


@keras.saving.register_keras_serializable(package="kerasseg")
class Boundary(PixelLoss):
    """Boundary loss, the mean over pixels of Σ φ p over the classes.

    [Kervadec et al., Boundary loss](https://arxiv.org/abs/1812.07032): φ is the signed
    distance to the boundary of the class, negative inside, and p its probability. The
    loss may be negative. By itself it trains poorly; the paper adds it to a Dice loss
    with a weight that grows.

    `y_true` holds the distances, not the masks: `signed_distance_map` makes them in the
    input pipeline, on the host, where an exact distance transform is fast, so that the
    loss itself runs in every graph of every backend. `WeightedSum` turns the distances
    back into labels for the other losses. Metrics of masks cannot read them: evaluate
    on a data set of masks.

    See `kerasseg.losses` for the options that all losses share. `class_weight` weighs
    the terms of the sum over classes: `{0: 0.0}` leaves out the background, as the
    paper does. Weights of pixels work as for other losses.

    Args:
        from_logits: Whether `y_pred` holds logits rather than probabilities.
        ignore_class: Ids of classes of the net whose pixels are left out, or `None`.
            What `signed_distance_map` was told to ignore needs no naming here.
        class_weight: Weight of each class, as a sequence or as `{class id: weight}`.
        reduction: As in Keras.
        name: Name of the loss.
        dtype: Precision to compute in; never less than float32.

    Raises:
        ArgumentError: An option is out of its range, or `y_true` holds no distances.

    Example:

    >>> import numpy as np
    >>> from kerasseg.losses import signed_distance_map
    >>> distances = signed_distance_map(np.array([[0, 0, 1]]), classes=2)[None]
    >>> scores = np.array([[[[0.9, 0.1], [0.8, 0.2], [0.3, 0.7]]]], "float32")
    >>> round(float(Boundary(class_weight={0: 0.0})(distances, scores)), 4)
    -0.0333
    """

    takes_distances = True

    def read(self, y_true, y_pred, sample_weight=None) -> Pixels:
        distances = ops.convert_to_tensor(y_true)
        if tuple(distances.shape[3:]) != tuple(y_pred.shape[3:]):
            raise _no_distances(f"shape {tuple(distances.shape)}")
        distances = ops.cast(distances, self.compute_dtype)
        shares = shares_of_distances(distances, self.compute_dtype)
        pixels = super().read(shares, y_pred, sample_weight)
        return pixels._replace(
            targets=_both_sides(distances) * _as_factor(pixels.valid, distances.dtype),
            faulty=ops.logical_or(pixels.faulty, _without_inside(distances, y_true)),
        )

    def pixel_values(self, pixels: Pixels):
        distances, weights = pixels.channel_targets, self.class_weights(pixels)
        if weights is not None:
            distances = distances * weights[-pixels.channels :]
        return ops.sum(distances * pixels.probabilities(), axis=-1)

    def weights_by_class(self, pixels: Pixels):
        return ops.ones((1, 1, 1), pixels.targets.dtype)  # they weigh the terms


def _both_sides(distances):
    """Of one channel, the distances of background and foreground (B, H, W, 2)."""
    if distances.shape[-1] > 1:
        return distances
    return ops.concatenate([-distances, distances], axis=-1)


def _as_factor(valid, dtype):
    return ops.cast(valid[..., None], dtype)


def _without_inside(distances, y_true):
    """Whether a pixel lies in no class, which no distance map says of its pixels."""
    if distances.shape[-1] == 1:
        return ops.convert_to_tensor(False)
    values = visible(y_true)
    if values is not None and np.any((values != 0).any(-1) & ~(values < 0).any(-1)):
        raise _no_distances("pixels that lie inside no class")
    labelled = ops.any(distances != 0, axis=-1)
    inside = ops.any(distances < 0, axis=-1)
    return ops.any(ops.logical_and(labelled, ops.logical_not(inside)))


def _no_distances(received: str) -> ArgumentError:
    return ArgumentError(
        "y_true must be the distances that signed_distance_map makes of the masks, "
        f"(batch, height, width, channels of y_pred). Received: {received}"
    )
