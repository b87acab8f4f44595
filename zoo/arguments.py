"""Checks of what the builders are given, made before any memory is spent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

from kerasseg.errors import ArgumentError


def check_choice(name: str, value: Any, choices: Sequence[Any]) -> None:
    """Raises `ArgumentError` unless `value` is one of `choices`."""
    if value not in choices:
        allowed = " or ".join(repr(choice) for choice in choices)
        raise ArgumentError(f"{name} must be {allowed}. Received: {name}={value!r}")


def check_count(name: str, value: Any) -> None:
    """Raises `ArgumentError` unless `value` is an integer of at least 1."""
    if not _is_integer(value) or value < 1:
        raise ArgumentError(
            f"{name} must be an integer of at least 1. Received: {name}={value!r}"
        )


def check_activation(name: str, value: Any) -> None:
    """Raises `ArgumentError` unless Keras knows `value` as an activation."""
    try:
        keras.activations.get(value)
    except ValueError as error:
        raise ArgumentError(
            f"{name} must be the name of a Keras activation, a callable or None. "
            f"Received: {name}={value!r}"
        ) from error


def check_fraction(name: str, value: Any) -> None:
    """Raises `ArgumentError` unless `value` is at least 0 and below 1."""
    if not isinstance(value, int | float) or not 0 <= value < 1:
        raise ArgumentError(
            f"{name} must be a number of at least 0 and below 1. "
            f"Received: {name}={value!r}"
        )


def check_segmentation(
    network: str,
    *,
    input_shape: Any,
    classes: int,
    classifier_activation: Any,
    smallest_size: int = 1,
) -> None:
    """Raises `ArgumentError` for the first argument no segmentation net can work with.

    Args:
        network: Its name, for the messages.
        input_shape, classes, classifier_activation: As the user gave them.
        smallest_size: Fewest rows and columns of an image that it takes.
    """
    check_count("classes", classes)
    check_activation("classifier_activation", classifier_activation)
    check_input_shape(network, input_shape, smallest_size, may_be_unknown=True)


def check_input_shape(
    network: str, input_shape: Any, smallest_size: int, may_be_unknown: bool
) -> None:
    """Raises `ArgumentError` unless the network can take images of this shape.

    Args:
        network: Its name, for the message.
        input_shape: `(height, width, channels)` as the user gave it.
        smallest_size: Fewest rows and columns that leave one cell at the end.
        may_be_unknown: Whether height and width may be `None`.
    """
    received = f"Received: input_shape={input_shape!r}"
    if keras.config.image_data_format() != "channels_last":
        raise ArgumentError(
            f"{network} needs images as (height, width, channels); call "
            "keras.config.set_image_data_format('channels_last') first. Received: "
            f"image_data_format={keras.config.image_data_format()!r}"
        )
    if not isinstance(input_shape, tuple | list) or len(input_shape) != 3:
        raise ArgumentError(
            f"input_shape must be (height, width, channels). {received}"
        )
    *sizes, channels = input_shape
    if not _is_integer(channels) or channels < 1:
        raise ArgumentError(f"The channels must be an integer above 0. {received}")
    if None in sizes and not may_be_unknown:
        raise ArgumentError(
            f"{network} needs a known height and width for its fully connected head; "
            f"only include_top=False or top='gap' take any size. {received}"
        )
    if not all(size is None or _is_integer(size) for size in sizes):
        raise ArgumentError(f"Height and width must be integers or None. {received}")
    if any(size is not None and size < smallest_size for size in sizes):
        raise ArgumentError(
            f"{network} with these options needs images of at least "
            f"{smallest_size}x{smallest_size} pixels. {received}"
        )


def _is_integer(value):
    return isinstance(value, int) and not isinstance(value, bool)
