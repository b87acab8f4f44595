"""A map resampled to another size, in the way that suits each backend.

TensorFlow: its own kernels in a plain graph and in exports. Under XLA they do not
serve: the bilinear one is some 15 times slower than `gather`, with `align_corners` it
gives wrong numbers, and the nearest one has no gradient. PyTorch has one kernel for
all. JAX, and TensorFlow under XLA, gather the neighbours of every place.
"""

from __future__ import annotations

import keras
import numpy as np
from keras import ops


def resample(x, size, interpolation: str, align_corners: bool):
    """A `(B, H, W, C)` map with the height and width that `size` gives."""
    backend = keras.backend.backend()
    if backend == "torch":
        return _by_torch(x, size, interpolation, align_corners)
    if backend == "tensorflow" and not _is_under_xla():
        return _by_tensorflow(x, size, interpolation, align_corners)
    if interpolation == "nearest":
        return _nearest(x, size)
    return _bilinear(x, size, align_corners)


def _by_torch(x, size, interpolation, align_corners):
    from torch.nn.functional import interpolate

    x = x.permute(0, 3, 1, 2)  # (B, C, H, W), a view
    size = [int(n) for n in size]
    if interpolation == "nearest":
        y = interpolate(x, size, mode="nearest-exact")
    else:
        y = interpolate(x, size, mode="bilinear", align_corners=align_corners)
    return y.permute(0, 2, 3, 1)


def _by_tensorflow(x, size, interpolation, align_corners):
    import tensorflow as tf

    kernels = {
        "nearest": tf.raw_ops.ResizeNearestNeighbor,
        "bilinear": tf.raw_ops.ResizeBilinear,
    }
    y = kernels[interpolation](
        images=x,
        size=tf.stack(size),
        align_corners=align_corners,
        half_pixel_centers=not align_corners,
    )
    return tf.cast(y, x.dtype)  # the bilinear kernel answers in float32


def _is_under_xla() -> bool:
    import tensorflow as tf

    try:
        from tensorflow.python.ops import control_flow_util
    except ImportError:  # no public name for it; gathering is right everywhere
        return True
    graph = tf.compat.v1.get_default_graph()
    return bool(control_flow_util.GraphOrParentsInXlaContext(graph))


def _nearest(x, size):
    lengths = ops.shape(x)
    for axis in (1, 2):
        x = ops.take(x, _nearest_places(lengths[axis], size[axis - 1]), axis=axis)
    return x


def _bilinear(x, size, align_corners):
    lengths = ops.shape(x)
    for axis in (1, 2):  # (B, H, W, C) -> (B, h, W, C) -> (B, h, w, C)
        places = _neighbours(lengths[axis], size[axis - 1], align_corners)
        before, after, share = places
        share = ops.reshape(ops.cast(share, x.dtype), (-1,) + (1,) * (3 - axis))
        lower = ops.take(x, before, axis=axis)
        x = lower + (ops.take(x, after, axis=axis) - lower) * share
    return x


def _nearest_places(old, new):
    """For each new place the old one under its centre.

    In float32, as the kernels of TensorFlow and PyTorch reckon: where a centre falls
    between two places, rounding decides, and it must decide alike.
    """
    of = _module(old, new)
    scale = _float32(old) / _float32(new)
    centers = (_float32(of.arange(new)) + np.float32(0.5)) * scale
    return of.minimum(_int32(of.floor(centers)), old - 1)


def _neighbours(old, new, align_corners):
    """For each new place the old ones before and after it, and the share of the latter.

    In integers: a place is a fraction `above / below`, so no rounding moves it.
    """
    of = _module(old, new)
    index = of.arange(new, dtype="int32")
    if align_corners:
        above, below = index * (old - 1), of.maximum(new - 1, 1)
    else:
        above, below = (2 * index + 1) * old - new, 2 * new
        above = of.clip(above, 0, below * (old - 1))
    before = of.floor_divide(above, below)
    share = _float32(above - before * below) / _float32(below)
    return before, of.minimum(before + 1, old - 1), share


def _module(*lengths):
    """NumPy where all is known before the graph runs, `keras.ops` where it is not."""
    return np if all(isinstance(length, int) for length in lengths) else ops


def _float32(value):
    if isinstance(value, (int, np.ndarray)):
        return np.float32(value)
    return ops.cast(value, "float32")


def _int32(value):
    return (
        value.astype("int32")
        if isinstance(value, np.ndarray)
        else ops.cast(value, "int32")
    )
