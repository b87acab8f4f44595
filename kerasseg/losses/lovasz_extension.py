"""The Lovász extension of the Jaccard loss, sorted errors against its slopes."""

from __future__ import annotations

from keras import ops


def lovasz_extension(errors, labelled, weights):
    """The extension at `errors`, along the last axis.

    [Berman et al., Lovász-softmax](https://arxiv.org/abs/1705.08790), algorithm 1, with
    a weight for every pixel: areas are sums of weights.

    Args:
        errors: How wrong each pixel is, (..., pixels).
        labelled: Its weight if it has the class, 0 if not.
        weights: Its weight; pixels of weight 0 take no part.

    Returns:
        One value for each set of pixels, (...).
    """
    takes_part = weights > 0
    errors = ops.where(takes_part, errors, ops.zeros_like(errors))
    # Last come the pixels that take no part, so that the others keep their slopes.
    # `initial` is for a batch of no images.
    lowest = ops.min(errors, axis=-1, keepdims=True, initial=0) - 1
    order = ops.argsort(-ops.where(takes_part, errors, lowest), axis=-1)
    # Weights and labels in one map, as every map that is brought into order costs.
    signed = ops.where(labelled > 0, weights, -weights)
    errors, signed = (ops.take_along_axis(x, order, axis=-1) for x in (errors, signed))
    rise = slopes(ops.relu(signed), ops.abs(signed))
    return ops.sum(errors * ops.stop_gradient(rise), axis=-1)


def slopes(labelled, weights):
    """What each pixel, in the order of the errors, adds to the Jaccard loss."""
    area = ops.sum(labelled, axis=-1, keepdims=True)
    overlap = area - ops.cumsum(labelled, axis=-1)
    union = area + ops.cumsum(weights - labelled, axis=-1)
    loss = 1 - overlap / ops.where(union > 0, union, ops.ones_like(union))
    before = ops.concatenate(
        [ops.zeros_like(loss[..., :1]), loss[..., :-1]], axis=-1
    )  # of no wrong pixel, the loss is 0
    return loss - before
