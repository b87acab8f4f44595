"""Images made larger until a net's strides divide them."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from kerasseg.errors import ArgumentError
from kerasseg.layers.integer_arguments import integer


@keras.saving.register_keras_serializable(package="kerasseg")
class PadToMultiple2D(keras.layers.Layer):
    """Repeats the last row and column until a stride divides the size of the image.

    A trunk of stride 32 then gives whole cells everywhere, and `CropToMatch2D(0)` at
    the end of the net takes away what was added. Edges are repeated because zeros
    would be black in one net and grey in another, and reflections need an image that
    is larger than what is added to it.

    Args:
        multiple: What the height and width become a multiple of, at least 1.
        rest: What they leave when divided by it, 0 or 1. Trunks that pad alike on both
            sides have their cells at 0, s, 2s …, and cover 1 + k·s pixels from the
            first cell to the last: they need a rest of 1.
        **kwargs: Those of `keras.layers.Layer`, such as `name` and `dtype`.

    Input shape:
        `(batch, height, width, channels)`; height and width may be `None`.

    Output shape:
        `(batch, new_height, new_width, channels)`.

    Raises:
        ArgumentError: If an argument is out of its range.

    Example:

    >>> import numpy as np
    >>> x = np.array([[1.0, 2.0, 3.0]]).reshape(1, 1, 3, 1)
    >>> np.asarray(PadToMultiple2D(2)(x))[0, :, :, 0].tolist()
    [[1.0, 2.0, 3.0, 3.0], [1.0, 2.0, 3.0, 3.0]]
    """

    def __init__(self, multiple: int, rest: int = 0, **kwargs: Any):
        super().__init__(**kwargs)
        if rest not in (0, 1):
            raise ArgumentError(f"rest must be 0 or 1. Received: rest={rest!r}")
        self.multiple = integer(multiple, "multiple")
        self.rest = rest
        self.input_spec = keras.layers.InputSpec(ndim=4)

    def call(self, inputs):
        for axis in (1, 2):  # (B, H, W, C) -> (B, H', W, C) -> (B, H', W', C)
            length = ops.shape(inputs)[axis]
            new = self._enlarged(length)
            if isinstance(length, int):
                if new == length:
                    continue
                places = np.minimum(np.arange(new), length - 1)
            else:
                places = ops.minimum(ops.arange(new, dtype="int32"), length - 1)
            inputs = ops.take(inputs, places, axis=axis)
        return inputs

    def compute_output_shape(self, input_shape):
        sizes = [None if n is None else self._enlarged(n) for n in input_shape[1:3]]
        return (input_shape[0], *sizes, input_shape[3])

    def compute_output_spec(self, inputs):
        return keras.KerasTensor(self.compute_output_shape(inputs.shape), inputs.dtype)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "multiple": self.multiple, "rest": self.rest}

    def _enlarged(self, length):
        # Rests and quotients of negative numbers come out wrong in ONNX.
        multiples = (length - self.rest + self.multiple - 1) // self.multiple
        return multiples * self.multiple + self.rest
