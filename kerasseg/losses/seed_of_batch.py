"""A random seed that follows from a batch."""

from __future__ import annotations

import keras
from keras import ops

_SCRAMBLE = 0x9E3779B1 - 2**32  # an odd number with its bits mixed, as signed


class SeedOfBatch(keras.random.SeedGenerator):
    """A seed that the scores and the labels of a batch determine.

    Always the same one: functions that are given it draw the same numbers. It has no
    variable, for which a loss would have no place.
    """

    def __init__(self, seed: int, y_true, y_pred):
        scores = ops.cast(ops.convert_to_tensor(y_pred), "float32")
        # Squares, since probabilities as they are have the number of pixels as sum.
        scores = ops.view(ops.sum(ops.square(scores)), "int32")
        labels = ops.cast(ops.convert_to_tensor(y_true), "float32")
        labels = ops.view(ops.sum(labels), "int32")
        first = ops.bitwise_xor(scores, labels * _SCRAMBLE)
        second = (seed & 0xFFFFFFFF ^ 0x80000000) - 0x80000000  # its bits, as signed
        state = ops.stack([first, ops.full_like(first, second)])
        kind = "uint32" if keras.backend.backend() == "jax" else "int32"
        self._state_of_batch = ops.stop_gradient(ops.cast(state, kind))

    def next(self, ordered=True):
        return self._state_of_batch
