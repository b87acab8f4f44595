"""Arguments that must be integers: sizes, strides, counts and offsets."""

from __future__ import annotations

from numbers import Integral
from typing import Any

from kerasseg.errors import ArgumentError


def integer(value: Any, name: str, least: int = 1) -> int:
    """The value as `int`; raises `ArgumentError` unless it is one of at least `least`.

    Args:
        value: What the user gave; integers of NumPy will do.
        name: Name of the argument, for the message.
        least: The smallest value that it may have.
    """
    if not _is_integer(value, least):
        raise ArgumentError(
            f"{name} must be an integer of at least {least}. Received: {name}={value!r}"
        )
    return int(value)


def pair_of(value: Any, name: str, least: int = 1) -> tuple[int, int]:
    """One integer, or two, as two; raises `ArgumentError` for all else."""
    pair = tuple(value) if isinstance(value, tuple | list) else (value, value)
    if len(pair) != 2 or not all(_is_integer(n, least) for n in pair):
        raise ArgumentError(
            f"{name} must be an integer of at least {least}, or two of them. "
            f"Received: {name}={value!r}"
        )
    return int(pair[0]), int(pair[1])


def _is_integer(value, least):
    is_one = isinstance(value, Integral) and not isinstance(value, bool)
    return is_one and value >= least
