"""Every window of a map laid out as one long vector, as Flatten would lay it out."""

from __future__ import annotations

import keras
from keras import ops

from kerasseg.errors import ArgumentError
from kerasseg.layers.integer_arguments import pair_of


@keras.saving.register_keras_serializable(package="kerasseg")
class UnfoldWindows2D(keras.layers.Layer):
    """Puts the flattened window around each place into the channels of that place.

    A classifier that flattens its map and then treats every number of the vector in its
    own way (batch normalisation with a mean for each, say) becomes fully convolutional
    behind this layer: channel `(i * width + j) * channels + c` of the output holds
    channel `c` of the window's cell `(i, j)`, which is the order of `Flatten`.

    Args:
        window_size: `(height, width)` of the window, in cells.
        padding: `"valid"`: only windows inside the map. `"same"`: as many windows as
            cells, with zeros around the map.
        order: How the window's (height, width, channels) follow each other in the
            vector; `(2, 0, 1)` as if the map had the channels first.
        dilation_rate: Cells between neighbours inside the window, (y, x).

    Input shape:
        `(batch, height, width, channels)`; height and width may be `None`.

    Output shape:
        `(batch, new_height, new_width, window_height * window_width * channels)`. With
        `padding="valid"` a map loses `(window - 1) * dilation_rate` cells each way.

    Raises:
        ArgumentError: An argument is outside its range, or a map is smaller than the
            window.

    Example:

    >>> import numpy as np
    >>> x = np.arange(12.0).reshape(1, 3, 4, 1)
    >>> y = UnfoldWindows2D((2, 2))(x)
    >>> tuple(y.shape), np.asarray(y)[0, 0, 0].tolist()
    ((1, 2, 3, 4), [0.0, 1.0, 4.0, 5.0])
    """

    def __init__(
        self,
        window_size: tuple[int, int],
        padding: str = "valid",
        order: tuple[int, int, int] = (0, 1, 2),
        dilation_rate: tuple[int, int] = (1, 1),
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.window_size = pair_of(window_size, "window_size")
        if padding not in ("valid", "same"):
            raise ArgumentError(
                f'padding must be "valid" or "same". Received: padding={padding!r}'
            )
        self.padding = padding
        self.order = tuple(order)
        if sorted(self.order) != [0, 1, 2]:
            raise ArgumentError(
                f"order must hold 0, 1 and 2, each once. Received: order={order}"
            )
        self.dilation_rate = pair_of(dilation_rate, "dilation_rate")
        self.input_spec = keras.layers.InputSpec(ndim=4)

    def call(self, inputs):  # (B, H, W, C)
        self.compute_output_shape(inputs.shape)  # refuses a map that is too small
        h, w = self.window_size
        dy, dx = self.dilation_rate
        if self.padding == "same":
            pads = [
                ((k - 1) // 2 * d, (k - 1 - (k - 1) // 2) * d)
                for k, d in ((h, dy), (w, dx))
            ]
            inputs = ops.pad(inputs, ((0, 0), *pads, (0, 0)))
        # Slices run on every backend and in every export; patch extraction by a
        # convolution with an identity kernel would multiply the cost by the channels.
        cells = [
            inputs[:, i * dy : _end(i, h, dy), j * dx : _end(j, w, dx), :]
            for i in range(h)
            for j in range(w)
        ]
        windows = ops.concatenate(cells, axis=-1)  # (B, H-h+1, W-w+1, h*w*C)
        return windows if self.order == (0, 1, 2) else self._reordered(windows)

    def _reordered(self, windows):
        *places, features = ops.shape(windows)
        h, w = self.window_size
        windows = ops.reshape(windows, (*places, h, w, features // (h * w)))
        axes = (0, 1, 2, *(3 + axis for axis in self.order))
        return ops.reshape(ops.transpose(windows, axes), (*places, features))

    def compute_output_shape(self, input_shape):
        batch, height, width, channels = input_shape
        h, w = self.window_size
        if self.padding == "valid":
            dy, dx = self.dilation_rate
            height = None if height is None else height - (h - 1) * dy
            width = None if width is None else width - (w - 1) * dx
            self._check_fits(input_shape, (height, width))
        return (batch, height, width, h * w * channels)

    def _check_fits(self, shape, left):
        if any(length is not None and length < 1 for length in left):
            raise ArgumentError(
                f"{self.name}: a map of {tuple(shape[1:3])} cells holds no window of "
                f"{self.window_size} with dilation_rate={self.dilation_rate}."
            )

    def get_config(self):
        return {
            **super().get_config(),
            "window_size": self.window_size,
            "padding": self.padding,
            "order": self.order,
            "dilation_rate": self.dilation_rate,
        }


def _end(cell: int, window: int, rate: int) -> int | None:
    """Where a slice ends that begins at a cell and leaves the window its room."""
    end = (cell - (window - 1)) * rate
    return end if end < 0 else None
