"""From one value a pixel, or an image, to one number, by Keras's own rules."""

from __future__ import annotations

import keras
from keras import ops


class _Reduction(keras.losses.Loss):
    """Keras's reduction alone, which also knows how many replicas share a batch."""

    def call(self, y_true, y_pred):
        return y_pred


def reduce_like_keras(values, weights, valid, reduction):
    """Reduces weighted values as Keras's losses with `ignore_class` do.

    Args:
        values: One value a pixel or an image, finite everywhere.
        weights: Their weights, what broadcasts to the shape of `values`.
        valid: Bool, in the shape of `values`: which are not ignored.
        reduction: As in Keras. `"sum_over_batch_size"` and `"mean"` divide the weighted
            sum by the number of values that are not ignored,
            `"mean_with_sample_weight"` by the sum of their weights.

    Returns:
        A scalar, or what `values` has as shape if the reduction is `None`; 0 where
        everything is ignored.
    """
    kept = ops.cast(valid, values.dtype)
    weights = weights * kept
    if reduction in ("sum_over_batch_size", "mean"):
        count = ops.cast(ops.size(kept), values.dtype)
        weights = weights * (count / ops.maximum(ops.sum(kept), 1))
    dtype = keras.backend.standardize_dtype(values.dtype)
    return _Reduction(reduction=reduction, dtype=dtype)(values, values, weights)
