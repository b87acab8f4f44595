"""Pooling to a given number of bins, whatever the size of the map."""

from __future__ import annotations

import keras
import numpy as np
from keras import ops

from kerasseg.layers.integer_arguments import pair_of
from kerasseg.layers.widening import widened


class _AdaptivePooling2D(keras.layers.Layer):
    """What both poolings share: their argument and their shapes."""

    def __init__(self, output_size, **kwargs):
        super().__init__(**kwargs)
        self.output_size = pair_of(output_size, "output_size")
        self.input_spec = keras.layers.InputSpec(ndim=4)

    def compute_output_shape(self, input_shape):
        return (input_shape[0], *self.output_size, input_shape[3])

    def get_config(self):
        return {**super().get_config(), "output_size": self.output_size}


@keras.saving.register_keras_serializable(package="kerasseg")
class AdaptiveAveragePooling2D(_AdaptivePooling2D):
    """The means of a map over a grid of bins that covers it, however large it is.

    Keras's layer of this name needs the size of the map beforehand; this one does not,
    in `fit`, in `predict` and in every export. PSPNet's pyramid is made of it
    ([Zhao et al., 2017](https://arxiv.org/abs/1612.01105)).

    Of `n` bins along `length` pixels, bin `i` reaches from `floor(i * length / n)` to
    `ceil((i + 1) * length / n)`, as in PyTorch: where `n` does not divide the length,
    neighbouring bins share a pixel.

    Args:
        output_size: Number of bins, one number or `(rows, columns)`.

    Input shape:
        `(batch, height, width, channels)`; height and width may be `None`.

    Output shape:
        `(batch, rows, columns, channels)`.

    Raises:
        ArgumentError: If `output_size` is not one or two positive integers.

    Example:

    >>> import numpy as np
    >>> x = np.array([1.0, 2.0, 6.0]).reshape(1, 1, 3, 1)
    >>> np.asarray(AdaptiveAveragePooling2D((1, 2))(x)).ravel().tolist()
    [1.5, 4.0]
    """

    def call(self, inputs):
        inputs = ops.cast(inputs, self.compute_dtype)  # integers have no means
        return average_bins(inputs, self.output_size)

    def compute_output_spec(self, inputs):
        shape = self.compute_output_shape(inputs.shape)
        return keras.KerasTensor(shape, self.compute_dtype)


@keras.saving.register_keras_serializable(package="kerasseg")
class AdaptiveMaxPooling2D(_AdaptivePooling2D):
    """The maxima of a map over a grid of bins that covers it, however large it is.

    The bins are those of `AdaptiveAveragePooling2D`.

    Args:
        output_size: Number of bins, one number or `(rows, columns)`.

    Input shape:
        `(batch, height, width, channels)`; height and width may be `None`.

    Output shape:
        `(batch, rows, columns, channels)`.

    Raises:
        ArgumentError: If `output_size` is not one or two positive integers.

    Example:

    >>> import numpy as np
    >>> x = np.array([1.0, 7.0, 6.0]).reshape(1, 1, 3, 1)
    >>> np.asarray(AdaptiveMaxPooling2D((1, 2))(x)).ravel().tolist()
    [7.0, 7.0]
    """

    def call(self, inputs):
        return maximum_bins(inputs, self.output_size)


def average_bins(x, bins: tuple[int, int]):
    """The means over bins, `(B, H, W, C)` to `(B, rows, columns, C)`.

    Where both lengths are known, as products with averaging matrices: neither they nor
    their gradients go through the map once for every bin. Where one is open, the means
    are those of slices, bin by bin, and only the gradients are products.
    """
    wide = widened(x)
    lengths = ops.shape(x)[1:3]
    if all(isinstance(length, int) for length in lengths):
        dtypes = (wide.dtype, wide.dtype)
        means = _products(wide, *map(_averaging, lengths, bins, dtypes))
    else:
        means = _means_of_slices(wide, bins)
    return means if wide is x else ops.cast(means, x.dtype)


def maximum_bins(x, bins: tuple[int, int]):
    """The maxima over bins, `(B, H, W, C)` to `(B, rows, columns, C)`."""
    height, width = ops.shape(x)[1:3]
    spans = [_span(i, bins[0], height) for i in range(bins[0])]
    x = ops.stack([ops.max(x[:, a:b], axis=1) for a, b in spans], axis=1)
    spans = [_span(i, bins[1], width) for i in range(bins[1])]
    return ops.stack([ops.max(x[:, :, a:b], axis=2) for a, b in spans], axis=2)


def _span(index, bins: int, length):
    """Where a bin begins, and where it ends."""
    return index * length // bins, ((index + 1) * length + bins - 1) // bins


def _means_of_slices(x, bins: tuple[int, int]):
    """What `average_bins` gives where a length is open.

    A graph would have to reckon the matrices from it. LiteRT's int8 rounds such numbers
    as well, and cuts them off where they leave the range that they had on the images of
    calibration; a mean it takes rightly of any length. Its files hold no gradients, so
    these stay products.
    """

    @ops.custom_gradient
    def means(x):
        lengths = ops.shape(x)[1:3]

        def gradient(*arguments, upstream=None):
            upstream = arguments[0] if upstream is None else upstream
            dtypes = (upstream.dtype, upstream.dtype)
            matrices = map(_averaging, lengths, bins, dtypes)
            return _products(upstream, *map(ops.transpose, matrices))

        spans = [_span(i, bins[1], lengths[1]) for i in range(bins[1])]
        y = ops.stack([ops.mean(x[:, :, a:b], axis=2) for a, b in spans], axis=2)
        spans = [_span(i, bins[0], lengths[0]) for i in range(bins[0])]
        y = ops.stack([ops.mean(y[:, a:b], axis=1) for a, b in spans], axis=1)
        return y, gradient

    return means(x)


def _products(x, rows, columns):
    """`(B, H, W, C)` times `(h, H)` and `(w, W)`: `(B, h, w, C)`."""
    _, height, width, channels = ops.shape(x)
    x = ops.reshape(x, (-1, height, width * channels))
    x = ops.matmul(rows, x)  # (B, h, W * C)
    x = ops.reshape(x, (-1, ops.shape(rows)[0], width, channels))
    return ops.matmul(columns, x)


def _averaging(length, bins: int, dtype):
    """The matrix `(bins, length)` that takes the mean over each bin."""
    of = np if isinstance(length, int) else ops
    first, end = _span(of.arange(bins, dtype="int32")[:, None], bins, length)
    places = of.arange(length, dtype="int32")
    is_inside = of.logical_and(places >= first, places < end)
    return ops.cast(is_inside, dtype) / ops.cast(end - first, dtype)
