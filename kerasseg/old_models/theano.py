"""Whether "same" meant under Theano what it means today.

Keras pads by TensorFlow's rule today: as much as the last window needs, the smaller
half before. Under Theano a convolution padded by half its kernel, and a pooling by
nearly the whole of its window, whatever the size of the map. The windows then stand at
other places, unless both rules happen to put as much before the map.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import keras
from keras import layers

from kerasseg.errors import ArgumentError, FileError
from kerasseg.graph import flatten_model

_POOLINGS = tuple(
    getattr(layers, f"{kind}Pooling{n}D")
    for kind in ("Average", "Max")
    for n in (1, 2, 3)
)
_AVERAGES = tuple(getattr(layers, f"AveragePooling{n}D") for n in (1, 2, 3))
_TRANSPOSED = tuple(getattr(layers, f"Conv{n}DTranspose") for n in (1, 2, 3))
_RECURRENT = tuple(getattr(layers, f"ConvLSTM{n}D") for n in (1, 2, 3))
_CONVOLUTIONS = (
    *(layers.Conv1D, layers.Conv2D, layers.Conv3D),
    *(layers.DepthwiseConv1D, layers.DepthwiseConv2D),
    *(layers.SeparableConv1D, layers.SeparableConv2D),
)
_PADDING = _POOLINGS + _TRANSPOSED + _RECURRENT + _CONVOLUTIONS
_NO_REMEDY = "No layer of Keras does the same: train such a model again"


def check_padding(path: Path, model: keras.Model) -> None:
    """Refuses a model saved under Theano whose "same" layers now pad in another way.

    Args:
        path: The file, for errors.
        model: The model that was built from it.

    Raises:
        FileError: A layer would compute something else; the message names it.
    """
    for name, layer, shape in _uses(model):
        if isinstance(layer, _RECURRENT):
            _check_state(path, name, layer)
        if not isinstance(layer, _PADDING) or layer.padding != "same":
            continue
        lengths = _lengths(layer, shape)
        before = [_before(layer, i) for i in range(len(lengths))]
        if before != [_before_today(layer, i, n) for i, n in enumerate(lengths)]:
            raise FileError(
                path,
                f"layer '{name}' ({type(layer).__name__}) pads with 'same', and the "
                f"file was saved under Theano, which put {_by(before)} places in front "
                f"of the map, as Keras does not today. "
                f"{_remedy(layer, lengths, before)}",
            )


def _check_state(path: Path, name: str, layer: keras.Layer) -> None:
    """Refuses a ConvLSTM whose state, always padded with "same", is moved."""
    if any(n % 2 == 0 for n in _sizes(layer)):
        raise FileError(
            path,
            f"layer '{name}' ({type(layer).__name__}) convolves its state with 'same' "
            f"and a kernel of {_by(_sizes(layer))}, and the file was saved under "
            "Theano, which put half of an even kernel in front of the map, as Keras "
            f"does not today. {_NO_REMEDY}",
        )


def _uses(model: keras.Model) -> Iterator[tuple]:
    """Each use of a layer: its name, the layer, and the shape it takes, if known."""
    try:
        calls = flatten_model(model).calls
    except ArgumentError:  # a model of the user's own, whose calls are code
        calls = []
    for call in calls:
        yield call.path, call.operation, call.inputs[0].shape if call.inputs else ()
    called = {id(call.operation) for call in calls}
    for layer in model._flatten_layers():  # those inside of wrappers
        if id(layer) not in called:
            yield layer.name, layer, ()


def _sizes(layer: keras.Layer) -> tuple[int, ...]:
    is_pooling = isinstance(layer, _POOLINGS)
    return tuple(layer.pool_size if is_pooling else layer.kernel_size)


def _lengths(layer: keras.Layer, shape: tuple) -> list[int | None]:
    rank = len(_sizes(layer))
    if len(shape) != rank + 2:
        return [None] * rank
    first = 2 if layer.data_format == "channels_first" else 1
    return list(shape[first : first + rank])


def _span(layer: keras.Layer, i: int) -> int:
    rate = getattr(layer, "dilation_rate", 1)
    rate = rate if isinstance(rate, int) else rate[i]
    return (_sizes(layer)[i] - 1) * rate + 1


def _before(layer: keras.Layer, i: int) -> int:
    """Places that Keras 1 and 2 put before a map under Theano."""
    span = _span(layer, i)
    if not isinstance(layer, _POOLINGS):
        return span // 2
    return span - 2 if span > 2 and span % 2 else span - 1


def _before_today(layer: keras.Layer, i: int, length: int | None) -> int | None:
    """Places that Keras puts there by TensorFlow's rule; `None` if unknown."""
    total = _total(layer, i, length)
    return None if total is None else total // 2


def _total(layer: keras.Layer, i: int, length: int | None) -> int | None:
    span, stride = _span(layer, i), layer.strides[i]
    if isinstance(layer, _TRANSPOSED):
        return max(span - stride, 0)  # as the convolution that it turns round
    if length is None and stride > 1 and span > 1:
        return None
    last = 0 if length is None else (length - 1) % stride
    return max(span - 1 - last, 0)


def _remedy(layer: keras.Layer, lengths: list[int | None], before: list[int]) -> str:
    totals = [_total(layer, i, n) for i, n in enumerate(lengths)]
    unmatched = _AVERAGES + _TRANSPOSED + _RECURRENT
    if isinstance(layer, unmatched) or None in totals or len(totals) != 2:
        return _NO_REMEDY
    pairs = zip(before, totals, strict=True)
    padding = tuple((n, max(total - n, 0)) for n, total in pairs)
    where, axes = "", ""
    if layer.data_format == "channels_first":
        axes = ", data_format='channels_first'"
    if isinstance(layer, _POOLINGS):
        where = ", if no number of that map is negative, as behind a ReLU"
    return (
        f"Build the model in your code, with ZeroPadding2D({padding}{axes}) in front "
        f"of this layer and padding='valid' in it{where}, and pass it as architecture"
    )


def _by(numbers: list[int]) -> str:
    return "×".join(map(str, numbers))
