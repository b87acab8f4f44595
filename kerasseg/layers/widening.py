"""Room for sums of numbers of 16 bits."""

from __future__ import annotations

import keras
from keras import ops


def widened(x):
    """As float32 if it has 16 bits: its sum could leave float16, or lose what is small.

    Round what comes of it back to the dtype of `x` once, at the end.
    """
    is_narrow = keras.backend.standardize_dtype(x.dtype) in ("float16", "bfloat16")
    return ops.cast(x, "float32") if is_narrow else x
