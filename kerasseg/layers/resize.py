"""A map resized, whatever its size turns out to be."""

from __future__ import annotations

from fractions import Fraction

import keras
from keras import ops

from kerasseg.errors import ArgumentError
from kerasseg.layers.integer_arguments import pair_of
from kerasseg.layers.resampling import resample


@keras.saving.register_keras_serializable(package="kerasseg")
class Resize2D(keras.layers.Layer):
    """Resizes a map by a factor, to a size, or to the size of another map.

    Heights and widths may be unknown in `fit`, in `predict` and in every export, where
    Keras's own UpSampling2D and `ops.image.resize` fail on TensorFlow.

    Every pixel is a square with its value at the centre, so the borders of the old and
    of the new map coincide. A bilinear value is mixed from the four nearest centres,
    without a filter against aliasing when the map shrinks; a nearest value is that of
    the square in which the new centre lies. These are PyTorch's `interpolate` with
    `"bilinear"` and `"nearest-exact"`, and `tf.image.resize`.

    Call it with one map if `scale` or `size` is given, else with `[map, like]`.

    Args:
        scale: Factor, or `(y, x)` factors, above 0; taken as a fraction with a
            denominator up to 1000. The new size is rounded down, but is 1 at least.
        size: `(height, width)` in pixels.
        interpolation: `"bilinear"` or `"nearest"`. Nearest keeps integers as they are;
            bilinear turns them into floats.
        align_corners: Whether the centres of the corner pixels coincide instead of the
            borders. Bilinear only.

    Input shape:
        `(batch, height, width, channels)`, or two of them; height and width may be
        `None`.

    Output shape:
        `(batch, new_height, new_width, channels)`.

    Raises:
        ArgumentError: If an argument is out of its range, both `scale` and `size` are
            given, or the call does not fit them.

    Example:

    >>> import numpy as np
    >>> x = np.array([0.0, 4.0]).reshape(1, 1, 2, 1)
    >>> np.asarray(Resize2D(scale=(1, 2))(x)).ravel().tolist()
    [0.0, 1.0, 3.0, 4.0]
    >>> tuple(Resize2D()([x, np.zeros((1, 5, 7, 3))]).shape)
    (1, 5, 7, 1)
    """

    def __init__(
        self,
        scale=None,
        size=None,
        interpolation: str = "bilinear",
        align_corners: bool = False,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if scale is not None and size is not None:
            raise ArgumentError(
                "give scale or size, not both. "
                f"Received: scale={scale!r}, size={size!r}"
            )
        self.scale = None if scale is None else _checked_scale(scale)
        self.size = None if size is None else _checked_size(size)
        if interpolation not in ("bilinear", "nearest"):
            raise ArgumentError(
                'interpolation must be "bilinear" or "nearest". '
                f"Received: interpolation={interpolation!r}"
            )
        if align_corners and interpolation == "nearest":
            raise ArgumentError(
                'align_corners goes with interpolation="bilinear" only. '
                f"Received: align_corners={align_corners!r}"
            )
        self.interpolation = interpolation
        self.align_corners = bool(align_corners)

    def call(self, inputs):
        x, like = self._parted(inputs)
        if self.interpolation == "bilinear":
            x = ops.cast(x, self.compute_dtype)
        shape = ops.shape(x)[1:3] if like is None else ops.shape(like)[1:3]
        return resample(
            x, self._new_size(shape), self.interpolation, self.align_corners
        )  # (B, new_height, new_width, C)

    def compute_output_shape(self, input_shape):
        x, like = input_shape, input_shape
        if self._wants_two():
            x, like = input_shape
        return (x[0], *self._new_size(like[1:3]), x[3])

    def compute_output_spec(self, inputs):
        x, like = self._parted(inputs)
        shapes = x.shape if like is None else [x.shape, like.shape]
        keeps = self.interpolation == "nearest"
        dtype = x.dtype if keeps else self.compute_dtype
        return keras.KerasTensor(self.compute_output_shape(shapes), dtype)

    def get_config(self):
        return {
            **super().get_config(),
            "scale": self.scale,
            "size": self.size,
            "interpolation": self.interpolation,
            "align_corners": self.align_corners,
        }

    def _wants_two(self) -> bool:
        return self.scale is None and self.size is None

    def _parted(self, inputs):
        is_list = isinstance(inputs, (list, tuple))
        if is_list != self._wants_two() or (is_list and len(inputs) != 2):
            raise ArgumentError(
                f"{self.name}: call it with one map if scale or size is given, else "
                "with [map, like], where `like` has the wanted height and width. "
                f"Received: scale={self.scale}, size={self.size}, "
                f"{len(inputs) if is_list else 1} input(s)"
            )
        x, like = inputs if is_list else (inputs, None)
        for tensor in (x,) if like is None else (x, like):
            if len(tensor.shape) != 4:
                raise ArgumentError(
                    f"{self.name}: a map is (batch, height, width, channels). "
                    f"Received: shape {tuple(tensor.shape)}"
                )
        return x, like

    def _new_size(self, old):
        if self.scale is not None:
            return tuple(_scaled(n, k) for n, k in zip(old, self.scale, strict=True))
        return tuple(old) if self.size is None else self.size


def _scaled(length, factor):
    if length is None:
        return None
    factor = Fraction(factor).limit_denominator(1000)
    scaled = length * factor.numerator // factor.denominator
    return max(scaled, 1) if isinstance(length, int) else ops.maximum(scaled, 1)


def _checked_scale(scale):
    pair = tuple(scale) if isinstance(scale, (tuple, list)) else (scale, scale)
    are_numbers = all(isinstance(k, (int, float)) for k in pair)
    if len(pair) == 2 and are_numbers and all(1e-3 <= k <= 1e3 for k in pair):
        return pair
    raise ArgumentError(
        "scale must be a number from 0.001 to 1000, or two (y, x). "
        f"Received: scale={scale!r}"
    )


def _checked_size(size):
    if not isinstance(size, (tuple, list)):  # one number would be taken for both
        raise ArgumentError(f"size must be (height, width). Received: size={size!r}")
    return pair_of(size, "size")
