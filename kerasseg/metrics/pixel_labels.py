"""What a metric is given, as one true and one predicted class id per pixel."""

from __future__ import annotations

from typing import Any, NamedTuple

import keras
import numpy as np
from keras import ops

from kerasseg.errors import ArgumentError

_NO_LABEL, _LARGEST = -(2**31), 2**31 - 1  # of int32


class PixelLabels(NamedTuple):
    """Class ids `(batch, ...)`, one per pixel."""

    true: Any  # int32
    predicted: Any  # int32
    unknown: Any | None  # bool: scores that are NaN; `None` of ids, which never are
    ignored: Any | None  # bool, or `None` where every pixel counts
    weights: Any | None  # float32, or `None` for 1 everywhere


def pixel_labels(
    y_true: Any,
    y_pred: Any,
    sample_weight: Any | None,
    classes: int,
    ignored_labels: tuple[int, ...],
    threshold: float,
) -> PixelLabels:
    """Brings labels, predictions and weights of any accepted shape to one shape.

    Args:
        y_true: `(batch, height, width)` or `(batch, height, width, 1)` class ids, or
            `(batch, height, width, classes)` one-hot; there a pixel of zeros alone is
            ignored.
        y_pred: `(batch, height, width, classes)` scores of any scale, or
            `(batch, height, width, 1)` scores of class 1, or integers: class ids.
        sample_weight: `None`, or one per pixel or per image.
        classes: How many classes.
        ignored_labels: Those of pixels that do not count.
        threshold: A single score above it means class 1.

    Raises:
        ArgumentError: The shapes do not fit together or do not fit `classes`.
    """
    y_true, y_pred = _as_tensor(y_true), _as_tensor(y_pred)
    predicted = _predicted_ids(y_pred, y_true, classes, threshold)
    true, ignored = _true_ids(y_true, predicted, classes)
    _check_sizes(y_true, y_pred, true, predicted)
    for label in ignored_labels:
        marked = ops.equal(true, label)
        ignored = marked if ignored is None else ops.logical_or(ignored, marked)
    weights = None
    if sample_weight is not None:
        weights = _pixel_weights(ops.convert_to_tensor(sample_weight), true)
    unknown = None
    if not _is_integer(y_pred):  # what `argmax` makes of NaN differs between backends
        unknown = ops.any(ops.isnan(y_pred), axis=-1)
    return PixelLabels(true, predicted, unknown, ignored, weights)


def _as_tensor(labels):
    """Ids of 64 bits are brought into int32 here: JAX would drop their upper half."""
    if isinstance(labels, np.ndarray) and labels.dtype in (np.int64, np.uint64):
        labels = np.clip(labels, _NO_LABEL, _LARGEST).astype(np.int32)
    labels = ops.convert_to_tensor(labels)
    if keras.backend.standardize_dtype(labels.dtype) == "int64":
        labels = ops.cast(ops.clip(labels, _NO_LABEL, _LARGEST), "int32")
    return labels


def _predicted_ids(y_pred, y_true, classes, threshold):
    channels = y_pred.shape[-1] if len(y_pred.shape) > 1 else None
    if _is_integer(y_pred):
        has_channel = channels == 1 and len(y_pred.shape) >= len(y_true.shape)
        return ops.cast(ops.squeeze(y_pred, -1) if has_channel else y_pred, "int32")
    if channels == 1 and classes == 2:
        return ops.cast(ops.cast(y_pred[..., 0], "float32") > threshold, "int32")
    if channels != classes:
        raise ArgumentError(
            f"y_pred must have one channel for each of the {classes} classes, or one "
            "channel where there are two classes, or be integer class ids. "
            f"Received: y_pred of shape {tuple(y_pred.shape)}"
        )
    return ops.cast(ops.argmax(y_pred, axis=-1), "int32")


def _true_ids(y_true, predicted, classes):
    """Class ids, and where one-hot labels name no class."""
    rank = len(predicted.shape)
    if len(y_true.shape) == rank:
        return _whole(y_true), None
    if len(y_true.shape) == rank + 1 and y_true.shape[-1] == 1:
        return _whole(y_true[..., 0]), None
    if len(y_true.shape) == rank + 1 and y_true.shape[-1] == classes:
        is_empty = ops.logical_not(ops.any(y_true != 0, axis=-1))
        return ops.cast(ops.argmax(y_true, axis=-1), "int32"), is_empty
    raise ArgumentError(
        "y_true must be class ids of the shape of y_pred without its channels, or with "
        f"one channel, or one-hot with {classes}. "
        f"Received: y_true of shape {tuple(y_true.shape)}, "
        f"predictions of shape {tuple(predicted.shape)}"
    )


def _whole(labels):
    """Labels as int32; what lies between two numbers is none, rather than the lower."""
    whole = ops.cast(labels, "int32")
    if _is_integer(labels):
        return whole
    return ops.where(ops.cast(whole, labels.dtype) == labels, whole, _NO_LABEL)


def _check_sizes(y_true, y_pred, true, predicted):
    for a, b in zip(true.shape, predicted.shape, strict=True):
        if a is not None and b is not None and a != b:
            raise ArgumentError(
                "y_true and y_pred must have the same size. Received: y_true of shape "
                f"{tuple(y_true.shape)}, y_pred of shape {tuple(y_pred.shape)}"
            )


def _pixel_weights(weights, true):
    rank = len(true.shape)
    given = tuple(weights.shape)
    if len(given) == rank + 1 and given[-1] == 1:
        weights = ops.squeeze(weights, -1)
    if len(weights.shape) > rank:
        raise _no_weights(given, true)
    while 0 < len(weights.shape) < rank:  # one per image, say: (batch, 1, 1)
        weights = ops.expand_dims(weights, -1)
    known = [1 if n is None else n for n in weights.shape]
    if any(n not in (1, m or n) for n, m in zip(known, true.shape, strict=False)):
        raise _no_weights(given, true)
    return ops.broadcast_to(ops.cast(weights, "float32"), ops.shape(true))


def _no_weights(given, true) -> ArgumentError:
    return ArgumentError(
        "sample_weight must have one value per pixel or per image, for labels of shape "
        f"{tuple(true.shape)}. Received: sample_weight of shape {given}"
    )


def _is_integer(tensor) -> bool:
    return keras.backend.standardize_dtype(tensor.dtype).startswith(
        ("int", "uint", "bool")
    )
