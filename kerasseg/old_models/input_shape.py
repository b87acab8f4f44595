"""The size of images that a Sequential does not say, given by the user instead.

Keras 2.2.4 to 2.3.1 wrote no InputLayer of a Sequential, and so lost the size where it
was not an argument of the first layer.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras

from kerasseg.errors import ArgumentError

Shape = tuple[int, ...]


def checked_shape(input_shape: Sequence[int] | None) -> Shape | None:
    """The shape as integers, or `None`."""
    if input_shape is None:
        return None
    numbers = isinstance(input_shape, (tuple, list)) and bool(input_shape)
    if not numbers or any(not _is_length(n) for n in input_shape):
        raise ArgumentError(
            "input_shape must be (height, width, channels). "
            f"Received: input_shape={input_shape!r}"
        )
    return tuple(int(n) for n in input_shape)


def with_input_shape(config: Any, shape: Shape | None) -> Any:
    """A configuration whose outermost Sequential says what it takes.

    Args:
        config: The configuration of a model, as the file has it.
        shape: `(height, width, channels)`, channels last in any case, or `None`.
    """
    if shape is None or config.get("class_name") != "Sequential":
        return config
    inner = config["config"]
    inner = {"layers": inner} if isinstance(inner, list) else inner
    if _has_channels_first(inner["layers"]):
        shape = (shape[-1], *shape[:-1])
    return {**config, "config": {"build_input_shape": [None, *shape], **inner}}


def check_input_shape(path: Path, model: keras.Model, shape: Shape | None) -> None:
    """Refuses a shape that is not the one which the model of a file takes."""
    if shape is None:
        return
    taken = [tuple(tensor.shape[1:]) for tensor in model.inputs]
    stays_first = (shape[-1], *shape[:-1])  # where a layer keeps the channels there
    if taken not in ([shape], [stays_first]):
        raise ArgumentError(
            f"{path}: says itself that it takes {' and '.join(map(str, taken))}; leave "
            f"input_shape out. Received: input_shape={shape}"
        )


def _has_channels_first(value: Any) -> bool:
    if isinstance(value, list):
        return any(map(_has_channels_first, value))
    if not isinstance(value, dict):
        return False
    is_first = value.get("data_format") == "channels_first"
    if is_first or value.get("dim_ordering") == "th":
        return True
    return any(map(_has_channels_first, value.values()))


def _is_length(n: Any) -> bool:
    return not isinstance(n, bool) and isinstance(n, int) and n > 0
