"""A map resampled to another size, in the way that suits each backend.

TensorFlow: its own kernels in a plain graph and in exports. Under XLA they do not
serve: the bilinear one is some 15 times slower than gathering, with `align_corners` it
gives wrong numbers, and the nearest one has no gradient. PyTorch has one kernel for
all. JAX, and TensorFlow under XLA, gather the neighbours of every place.
"""

from __future__ import annotations

import keras
from keras import ops

from kerasseg.layers.resampling_taps import resample_axis


def resample(x, size, interpolation: str, align_corners: bool):
    """A `(B, H, W, C)` map with the height and width that `size` gives."""
    backend = keras.backend.backend()
    if backend == "torch":
        return _by_torch(x, size, interpolation, align_corners)
    is_bool = keras.backend.standardize_dtype(x.dtype) == "bool"  # no kernel has it
    if backend == "tensorflow" and not is_bool and not _is_under_xla():
        return _by_tensorflow(x, size, interpolation, align_corners)
    return _by_gathering(x, size, interpolation, align_corners)


def _by_gathering(x, size, interpolation, align_corners):
    dtype = keras.backend.standardize_dtype(x.dtype)
    is_bool = dtype == "bool"  # which cannot be multiplied by a share
    x = ops.cast(x, "uint8") if is_bool else x
    for axis in (1, 2):  # (B, H, W, C) -> (B, h, W, C) -> (B, h, w, C)
        x = resample_axis(x, axis, size[axis - 1], interpolation, align_corners)
    return ops.cast(x, dtype) if is_bool else x


def _by_torch(x, size, interpolation, align_corners):
    from torch.nn.functional import interpolate

    size = [int(n) for n in size]
    if interpolation == "nearest" and not (x.is_floating_point() or _is_byte(x)):
        return _by_gathering(x, size, interpolation, align_corners)
    x = x.permute(0, 3, 1, 2)  # (B, C, H, W), a view
    if interpolation == "nearest":
        y = interpolate(x, size, mode="nearest-exact")
    else:
        y = interpolate(x, size, mode="bilinear", align_corners=align_corners)
    return y.permute(0, 2, 3, 1)


def _is_byte(x) -> bool:
    """Whether PyTorch's kernel takes these integers; it takes no others."""
    return keras.backend.standardize_dtype(x.dtype) == "uint8"


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
