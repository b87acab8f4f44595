"""`output_stride`: strides become dilations, and the map becomes dense.

A layer of stride s keeps every s-th cell. Kept all, its cells hold the answers for all
shifts of the image; what follows must then take cells s apart, which is a dilation by s
([Holschneider et al., 1989](https://doi.org/10.1007/978-3-642-75988-8_28), "à trous";
[Chen et al., 2015](https://arxiv.org/abs/1412.7062)).

What stays equal: every cell whose row and column are multiples of the removed strides
is the cell of the net with its strides, on images whose size leaves the same rest as
the classifier's own when divided by the native stride. Where no layer pads, every other
cell is what that net gives for the shifted image: the classifier on the cell's window.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import gcd
from typing import Any

import keras
from keras import layers

from kerasseg.convert.cloning import Cloner
from kerasseg.convert.layouts import Layout, Value
from kerasseg.convert.refusals import refuse
from kerasseg.graph import Call
from kerasseg.layers import (
    DilatedAveragePooling2D,
    DilatedConv2D,
    DilatedMaxPooling2D,
)
from kerasseg.windows import covers_map, padding_of, window_of

Pair = tuple[int, int]

_DILATED = {
    layers.AveragePooling2D: DilatedAveragePooling2D,
    layers.MaxPooling2D: DilatedMaxPooling2D,
    DilatedAveragePooling2D: DilatedAveragePooling2D,
    DilatedMaxPooling2D: DilatedMaxPooling2D,
}


@dataclass(frozen=True)
class Densifier:
    """Places the windows of a trunk so that its stride ends at a wanted one.

    Attributes:
        output_stride: The stride wanted, (y, x), or `None` for the trunk's own.
        cloner: Makes the new layers.
    """

    output_stride: Pair | None
    cloner: Cloner

    def place(
        self, call: Call, value: Value, config: dict[str, Any] | None = None
    ) -> Value:
        """The counterpart of a layer that slides a window over the map.

        Args:
            call: The call of the layer.
            value: The counterpart of what it works on.
            config: Its configuration, where that is not the layer's own.
        """
        window = window_of(call.operation)
        if covers_map(call):
            window = replace(window, strides=(1, 1))
        kept, removed = self._split(window.strides, value)
        after = replace(
            value,
            layout=Layout.MAP,
            stride=_times(value.stride, kept),
            rate=_times(value.rate, removed),
        )
        # A window of one cell reaches none at a distance.
        rate = tuple(
            r * d if k > 1 else 1
            for k, r, d in zip(
                window.kernel_size, window.dilation_rate, value.rate, strict=True
            )
        )
        if kept == window_of(call.operation).strides and value.rate == (1, 1):
            lengths = value.lengths.after(
                window.kernel_size, kept, rate, window.padding
            )
            tensor = self.cloner.apply(call, value.tensor, config=config)
            return replace(after, tensor=tensor, lengths=lengths)
        pads = tuple(
            tuple(n * value.rate[i] for n in padding_of(window, i, _length(call, i)))
            for i in (0, 1)
        )
        config = dict(config or call.operation.get_config())
        tensor = self._dilated(call, value, config, kept, rate, pads)
        lengths = value.lengths.after(window.kernel_size, kept, rate, pads)
        return replace(after, tensor=tensor, lengths=lengths)

    def _split(self, strides: Pair, value: Value) -> tuple[Pair, Pair]:
        """The part of each stride that stays, and the part that becomes dilation."""
        wanted = self.output_stride or _times(value.stride, strides)
        # A stride so far always divides the one wanted, and so does what may stay.
        kept = tuple(
            gcd(stride, end // so_far)
            for stride, so_far, end in zip(strides, value.stride, wanted, strict=True)
        )
        return kept, tuple(s // k for s, k in zip(strides, kept, strict=True))

    def _dilated(self, call, value: Value, config: dict, kept: Pair, rate: Pair, pads):
        kind = type(call.operation)
        if kind is layers.ZeroPadding2D:
            config["padding"] = pads
        elif kind is layers.Cropping2D:
            config["cropping"] = tuple(tuple(-n for n in pair) for pair in pads)
        elif kind in _DILATED:
            return self._pool(call, value, kept, rate, pads)
        else:
            return self._convolve(call, value, config, kept, rate, pads)
        return self.cloner.apply(call, value.tensor, config=config)

    def _convolve(self, call, value: Value, config: dict, kept: Pair, rate: Pair, pads):
        tensor = self.cloner.pad(call, value.tensor, pads)
        kind = type(call.operation)
        # No backend has stride and dilation at once, and TensorFlow's depthwise
        # kernel no unequal strides: every cell is computed then, and some are kept.
        thinned = max(kept) > 1 and max(rate) > 1
        thinned |= kind is not layers.Conv2D and kept[0] != kept[1]
        strides = (1, 1) if thinned else kept
        config |= {"strides": strides, "dilation_rate": rate, "padding": "valid"}
        if kind is layers.Conv2D and max(rate) > 1:
            kind = DilatedConv2D
        tensor = self.cloner.apply(call, tensor, layer_class=kind, config=config)
        return self.cloner.thin(call, tensor, kept) if thinned else tensor

    def _pool(self, call, value: Value, kept: Pair, rate: Pair, pads):
        operation = call.operation
        config: dict[str, Any] = {
            "name": operation.name,
            "trainable": operation.trainable,
            "dtype": operation.get_config()["dtype"],
            "pool_size": operation.pool_size,
        }
        is_plain = rate == (1, 1) and pads == ((0, 0), (0, 0))
        if is_plain and type(operation) in (
            layers.AveragePooling2D,
            layers.MaxPooling2D,
        ):
            config["strides"] = kept
            return self.cloner.apply(call, value.tensor, config=config)
        _check_borders(call, pads)
        kind = _DILATED[type(operation)]
        config |= {"dilation_rate": rate, "padding": pads, "strides": kept}
        return self.cloner.apply(call, value.tensor, layer_class=kind, config=config)


def _check_borders(call: Call, pads) -> None:
    """Under PyTorch, Keras 3.15 pads an average with copies where "same" is uneven."""
    is_average = isinstance(call.operation, layers.AveragePooling2D)
    is_uneven = any(before != after for before, after in pads)
    if is_average and is_uneven and keras.backend.backend() == "torch":
        refuse(
            call,
            "counts copies of the border in its averages, as Keras does under PyTorch "
            "alone, and no dilated pooling does so. Convert under TensorFlow or JAX",
        )


def _times(a: Pair, b: Pair) -> Pair:
    return a[0] * b[0], a[1] * b[1]


def _length(call: Call, axis: int) -> int | None:
    return call.inputs[0].shape[1 + axis]
