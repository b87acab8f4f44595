"""Images of sizes that a net cannot place exactly are refused, not bent."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from kerasseg.errors import ArgumentError
from kerasseg.layers.integer_arguments import integer


@keras.saving.register_keras_serializable(package="kerasseg")
class CheckSize2D(keras.layers.Layer):
    """Lets images through whose height and width a net can take, and no others.

    A net without padding whose poolings do not come out even drops rows and columns at
    the bottom and the right, and joins maps that no longer fit: a wrong answer without
    an error. Behind this layer there is none.

    Args:
        multiple: Step between the sizes that are valid, at least 1.
        smallest: The smallest of them, at least 1.
        **kwargs: Those of `keras.layers.Layer`, such as `name` and `dtype`.

    Input shape:
        `(batch, height, width, channels)`; height and width may be `None`.

    Output shape:
        The same.

    Raises:
        ArgumentError: When called with an image of another size; the message names the
            nearest valid ones. Where sizes are unknown until the graph runs, the
            backend or the exported net raises an error of its own.

    Example:

    >>> import numpy as np
    >>> tuple(CheckSize2D(16, smallest=188)(np.ones((1, 572, 188, 1))).shape)
    (1, 572, 188, 1)
    """

    def __init__(self, multiple: int, smallest: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.multiple = integer(multiple, "multiple")
        self.smallest = integer(smallest, "smallest")
        self.input_spec = keras.layers.InputSpec(ndim=4)

    def call(self, inputs):
        sizes = ops.shape(inputs)[1:3]
        self._check(sizes)
        if all(isinstance(length, int) for length in sizes):
            return inputs
        # A reshape to valid sizes fails wherever they are other sizes: in graphs, under
        # XLA, and in every exported format.
        inputs = self._checked_in_graph(inputs, sizes)
        height, width = (
            ops.maximum(self._next_below(length), self.smallest) for length in sizes
        )
        shape = (ops.shape(inputs)[0], height, width, inputs.shape[3])
        return ops.reshape(inputs, shape)  # (B, H, W, C)

    def compute_output_spec(self, inputs):
        self._check(inputs.shape[1:3])
        return keras.KerasTensor(inputs.shape, inputs.dtype)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self) -> dict[str, Any]:
        config = {"multiple": self.multiple, "smallest": self.smallest}
        return {**super().get_config(), **config}

    def _check(self, sizes):
        for length in sizes:
            if isinstance(length, int) and not self._is_valid(length):
                below = self._next_below(length)
                near = [n for n in (below, below + self.multiple) if n >= self.smallest]
                near = near or [self.smallest]  # of images far below it
                raise ArgumentError(
                    f"{self._rule()}; the nearest valid ones are "
                    f"{' and '.join(map(str, near))}. Received: an image of "
                    f"{tuple(sizes)} pixels"
                )

    def _checked_in_graph(self, inputs, sizes):
        """In TensorFlow's graphs, a clear message before the reshape fails."""
        if keras.backend.backend() != "tensorflow":
            return inputs
        import tensorflow as tf

        checks = [
            tf.debugging.Assert(self._is_valid(length), [self._rule(), length])
            for length in sizes
            if not isinstance(length, int)
        ]
        # Else the reshape may run, and fail, before them.
        with tf.control_dependencies(checks):
            return tf.identity(inputs)

    def _is_valid(self, length):
        is_whole = (length - self.smallest) % self.multiple == 0
        is_enough = length >= self.smallest
        if isinstance(length, int):
            return is_whole and is_enough
        return ops.logical_and(is_whole, is_enough)

    def _next_below(self, length):
        steps = (length - self.smallest) // self.multiple
        return self.smallest + steps * self.multiple

    def _rule(self):
        rule = f"{self.name}: height and width must be {self.smallest} or more"
        return rule + f" by a multiple of {self.multiple}" * (self.multiple > 1)
