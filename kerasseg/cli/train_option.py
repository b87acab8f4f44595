"""One option of a network, which a run's file must give back as it was."""

from __future__ import annotations

import argparse
import ast
from typing import Any


def read_option(text: str) -> tuple[str, Any]:
    """Reads `NAME=VALUE`; the value as Python would read it, or as text."""
    name, equals, value = text.partition("=")
    if not equals or not name.isidentifier():
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    try:
        found = ast.literal_eval(value)
    except (ValueError, SyntaxError):
        found = {"true": True, "false": False}.get(value.lower(), value)
    try:
        return name, storable(found)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{name}: {error}") from error


def storable(value: Any) -> Any:
    """The value of an option as a run's file gives it back: sequences are tuples.

    Raises:
        ValueError: TOML has no such value.
    """
    if isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, list | tuple):
        return tuple(map(storable, value))
    if value is None:
        raise ValueError(
            "None cannot be kept in config.toml; leave the option out (an activation "
            "that changes nothing is linear)"
        )
    raise ValueError(f"{value!r} is no number, text, truth or list of them")
