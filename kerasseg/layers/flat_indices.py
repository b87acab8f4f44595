"""The indices that TensorFlow and TensorFlow Addons keep, as those of ours."""

from __future__ import annotations

import keras
from keras import ops

from kerasseg.layers.pooling_windows import Windows, windows_of
from kerasseg.layers.window_codes import codes_dtype


def window_codes_from_flat(
    indices,
    input_size,
    pool_size=2,
    strides=None,
    padding="valid",
    include_channels: bool = True,
):
    """Turns addresses in the whole map into positions inside the windows.

    `tf.nn.max_pool_with_argmax` counts a place as `(y * width + x) * channels + c`, as
    did `MaxUnpooling2D` of TensorFlow Addons; `MaxUnpooling2D` here wants the position
    in the window. `include_batch_in_index` may have been on or off.

    Args:
        indices: Integers, `(batch, new_height, new_width, channels)`.
        input_size: `(height, width)` of the map that was pooled.
        pool_size: That of the pooling, one integer or two.
        strides: Those of the pooling, likewise; `pool_size` if `None`.
        padding: That of the pooling, `"valid"` or `"same"`.
        include_channels: Whether places are counted through all channels, as above, or
            through the map of each channel by itself, `y * width + x`, as by PyTorch's
            `MaxPool2d(…, return_indices=True)`; bring its axes into our order first.

    Returns:
        The positions, in the same shape, as `MaxPoolingWithIndices2D` gives them.

    Raises:
        ArgumentError: An argument is outside its range.

    Example:

    >>> import numpy as np
    >>> flat = np.array([5, 2]).reshape(1, 1, 2, 1)  # (1, 1) and (0, 2) of width 4
    >>> from kerasseg.layers import window_codes_from_flat
    >>> np.asarray(window_codes_from_flat(flat, (2, 4))).ravel().tolist()
    [3, 0]

    Of a pooling by PyTorch, `(batch, channels, new_height, new_width)`:

    >>> flat = np.array([5, 2]).reshape(1, 1, 1, 2).transpose(0, 2, 3, 1)
    >>> codes = window_codes_from_flat(flat, (2, 4), include_channels=False)
    >>> np.asarray(codes).ravel().tolist()
    [3, 0]
    """
    rows, columns = windows_of(pool_size, strides, padding)
    height, width = input_size
    channels = ops.shape(indices)[3] if include_channels else 1
    # Keras has JAX's integers of 64 bits only where they were asked for.
    wide = "int32" if keras.backend.backend() == "jax" else "int64"
    places = ops.cast(indices, wide) % (height * width * channels) // channels
    places = ops.cast(places, "int32")  # (B, h, w, C)
    tops, lefts = _corners(indices, input_size, rows, columns)
    y, x = places // width - tops, places % width - lefts
    return ops.cast(y * columns.size + x, codes_dtype(rows, columns))


def flat_from_window_codes(
    codes, input_size, rows: Windows, columns: Windows, include_batch: bool = False
):
    """The inverse: places in the whole map, `int32`, as TensorFlow counts them."""
    height, width = input_size
    batch, *_, channels = ops.shape(codes)
    codes = ops.cast(codes, "int32")  # (B, h, w, C)
    tops, lefts = _corners(codes, input_size, rows, columns)
    y, x = codes // columns.size + tops, codes % columns.size + lefts
    if include_batch:
        images = ops.arange(batch, dtype="int32")
        y = y + ops.reshape(images, (-1, 1, 1, 1)) * height
    return (y * width + x) * channels + ops.arange(channels, dtype="int32")


def _corners(pooled, input_size, rows: Windows, columns: Windows):
    """Where windows begin: tops (1, h, 1, 1) and lefts (1, 1, w, 1), `int32`."""
    (height, width), (_, new_height, new_width, _) = input_size, ops.shape(pooled)
    tops = ops.arange(new_height) * rows.stride - rows.before(height)
    lefts = ops.arange(new_width) * columns.stride - columns.before(width)
    tops = ops.reshape(ops.cast(tops, "int32"), (1, -1, 1, 1))
    return tops, ops.reshape(ops.cast(lefts, "int32"), (1, 1, -1, 1))
