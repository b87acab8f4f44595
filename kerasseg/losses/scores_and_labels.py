"""Scores, labels and weights in the one form that every loss works on.

A net with one channel is read as one with two classes, background (0) and foreground
(1), whose probabilities are `1 - p` and `p`.
"""

from __future__ import annotations

from typing import NamedTuple

import keras
from keras import ops

from kerasseg.errors import ArgumentError
from kerasseg.losses.label_check import check_ids, check_shares


class Pixels(NamedTuple):
    """A batch as a loss sees it; K is the number of classes, 2 for one channel."""

    scores: object  # (B, H, W, C), harmless where a pixel is ignored
    from_logits: bool
    targets: object  # (B, H, W, K): the share of each class, 0 where ignored
    valid: object  # (B, H, W) bool: not ignored
    weights: object  # (B, H, W) or what broadcasts to it: the sample weights
    faulty: object  # bool: whether any label fits no class

    @property
    def channels(self) -> int:
        return self.scores.shape[-1]

    @property
    def classes(self) -> int:
        return self.targets.shape[-1]

    @property
    def channel_targets(self):
        """Targets of the channels alone, (B, H, W, C): of one, the foreground."""
        return self.targets[..., self.classes - self.channels :]

    @property
    def pixel_weights(self):
        """Weights with 0 where a pixel is ignored, (B, H, W)."""
        return self.weights * ops.cast(self.valid, self.weights.dtype)

    def log_probabilities(self):
        """Logarithms of the probabilities of all classes, (B, H, W, K)."""
        if self.from_logits and self.channels > 1:
            return ops.log_softmax(self.scores, axis=-1)
        if self.from_logits:
            both = ops.concatenate([-self.scores, self.scores], axis=-1)
            return ops.log_sigmoid(both)
        scores, least = self.scores, keras.config.epsilon()
        if self.channels > 1:  # clipped as Keras does, then made to sum to 1 as there
            return ops.log_softmax(ops.log(ops.clip(scores, least, 1 - least)), axis=-1)
        both = ops.concatenate([1 - scores, scores], axis=-1)
        return ops.log(ops.clip(both, least, 1 - least))

    def probabilities(self):
        """Probabilities of the channels, (B, H, W, C)."""
        if not self.from_logits:
            return self.scores
        if self.channels > 1:
            return ops.softmax(self.scores, axis=-1)
        return ops.sigmoid(self.scores)


def read_pixels(
    y_true, y_pred, sample_weight, *, from_logits, ignored, dtype
) -> Pixels:
    """Brings what a loss is called with into the form of `Pixels`."""
    scores, from_logits = _read_scores(y_pred, from_logits, dtype)
    _check_ranks(y_true, scores)
    classes = max(2, scores.shape[-1])
    if len(y_true.shape) == 4 and y_true.shape[-1] != 1:
        targets, valid, faulty = _read_shares(y_true, classes, ignored, dtype)
    else:
        targets, valid, faulty = _read_ids(y_true, classes, ignored, dtype)
    # What stands in for the scores of an ignored pixel keeps its gradient 0, even
    # where these scores are infinite.
    neutral = 0.0 if from_logits else 1 / classes
    scores = ops.where(valid[..., None], scores, ops.cast(neutral, dtype))
    weights = read_weights(sample_weight, dtype)
    return Pixels(scores, from_logits, targets, valid, weights, faulty)


def read_weights(sample_weight, dtype):
    """Weights of images (B,) or pixels (B, H, W), in three axes."""
    if sample_weight is None:
        return ops.ones((1, 1, 1), dtype)
    weights = ops.cast(ops.convert_to_tensor(sample_weight), dtype)
    rank = len(weights.shape)
    if rank == 4 and weights.shape[-1] == 1:
        return ops.squeeze(weights, -1)
    if rank == 3:
        return weights
    if weighs_images(weights):
        return ops.reshape(weights, (-1, 1, 1))
    raise ArgumentError(
        "sample_weight must have the shape (batch, height, width), or (batch,). "
        f"Received: shape {tuple(weights.shape)}"
    )


def check_rank_is_known(name: str, tensor) -> None:
    """Refuses what TensorFlow traced for any number of axes.

    It does so once a step, such as Keras's, has been called with one number of axes
    and is called with another; the losses of Keras fail there too.
    """
    if getattr(tensor.shape, "rank", 0) is None:
        raise ArgumentError(
            f"{name} must have the same number of axes in every batch: TensorFlow "
            "compiles a step anew, for any number, where it changes. Pass (batch, "
            f"height, width) always, or compile the model again. Received: {name} of "
            "unknown shape"
        )


def weighs_images(sample_weight) -> bool:
    """Whether there is one weight an image, rather than one a pixel."""
    shape = tuple(sample_weight.shape)
    return len(shape) < 2 or (len(shape) == 2 and shape[1] == 1)


def _read_scores(y_pred, from_logits, dtype):
    y_pred = ops.convert_to_tensor(y_pred)
    if len(y_pred.shape) != 4 or y_pred.shape[-1] is None:
        raise ArgumentError(
            "y_pred must be maps of shape (batch, height, width, channels). "
            f"Received: shape {tuple(y_pred.shape)}"
        )
    # Keras's softmax and sigmoid leave their logits with what they return, so that its
    # losses need not take the logarithm of a probability that was rounded to 0.
    logits = getattr(y_pred, "_keras_logits", None)
    if logits is not None and tuple(logits.shape) == tuple(y_pred.shape):
        return ops.cast(logits, dtype), True
    return ops.cast(y_pred, dtype), from_logits


def _check_ranks(y_true, scores):
    shape, wanted = tuple(y_true.shape), tuple(scores.shape)
    channels = {1, max(2, wanted[-1])}
    known = zip(shape[:3], wanted[:3], strict=False)
    same = all(None in pair or pair[0] == pair[1] for pair in known)
    if len(shape) == 3 and same:
        return
    if len(shape) == 4 and same and shape[-1] in channels:
        return
    raise ArgumentError(
        "y_true must be class ids (batch, height, width), with or without a last axis "
        f"of 1, or one channel a class, on the map of y_pred {wanted}. "
        f"Received: shape {shape}"
    )


def _read_ids(y_true, classes, ignored, dtype):
    check_ids(y_true, classes, ignored)
    ids = ops.convert_to_tensor(y_true)
    ids = ops.squeeze(ids, -1) if len(ids.shape) == 4 else ids  # (B, H, W)
    labels = ops.cast(ids, "int32")
    known = ops.logical_and(labels >= 0, labels < classes)
    if keras.backend.is_float_dtype(keras.backend.standardize_dtype(ids.dtype)):
        known = ops.logical_and(known, ops.cast(labels, ids.dtype) == ids)
    valid = known
    for index in ignored:
        named = labels == index
        valid = ops.logical_and(valid, ops.logical_not(named))
        known = ops.logical_or(known, named)
    targets = ops.one_hot(ops.where(valid, labels, 0), classes, dtype=dtype)
    targets = targets * ops.cast(valid[..., None], dtype)  # (B, H, W, K)
    return targets, valid, ops.any(ops.logical_not(known))


def _read_shares(y_true, classes, ignored, dtype):
    check_shares(y_true)
    targets = ops.cast(ops.convert_to_tensor(y_true), dtype)  # (B, H, W, K)
    within = ops.logical_and(targets >= 0, targets <= 1)
    valid = ops.any(targets > 0, axis=-1)
    labels = ops.argmax(targets, axis=-1)
    for index in ignored:
        valid = ops.logical_and(valid, labels != index)
    valid = ops.logical_and(valid, ops.all(within, axis=-1))
    targets = ops.where(valid[..., None], targets, ops.cast(0, dtype))
    return targets, valid, ops.logical_not(ops.all(within))
