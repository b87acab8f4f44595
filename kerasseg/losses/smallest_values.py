"""The smallest of the values on a map, as a mask."""

from __future__ import annotations

from keras import ops


def among_smallest(values, candidates, count: int, tolerance: float = 0.0):
    """Which candidates are among the `count` smallest; those equal to the last too.

    Args:
        values: Floats, of any shape.
        candidates: Bool, in the shape of `values`.
        count: How many, ≥ 1; all candidates where there are fewer.
        tolerance: How much larger than the last a value may be that counts as equal.
    """
    last = ops.cast(float("inf"), values.dtype)
    ranked = ops.reshape(ops.where(candidates, values, last), (-1,))
    # One more, so that there is a last one in a batch of no images.
    in_order = ops.sort(ops.concatenate([ranked, ops.reshape(last, (1,))]))
    there = ops.sum(ops.cast(candidates, "int32"))
    place = ops.maximum(ops.minimum(count, there) - 1, 0)
    last = ops.take(in_order, place) + tolerance
    return ops.logical_and(candidates, values <= last)
