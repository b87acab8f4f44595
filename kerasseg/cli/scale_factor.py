"""The factor by which images are shrunk, of all commands that take one."""

from __future__ import annotations

import argparse

from kerasseg.errors import UsageError

_LARGEST = 100


def scale_argument(text: str) -> float:
    """Reads the factor of a flag."""
    try:
        scale = float(text)
    except ValueError:
        scale = 0.0
    if not 0 < scale <= _LARGEST:
        raise argparse.ArgumentTypeError(f"{text!r} is not a factor such as 0.5")
    return scale


def check_scale(scale: float) -> None:
    """Checks the factor of a training, which may come from a file.

    Raises:
        UsageError: It is none that `scale_argument` takes.
    """
    if not 0 < scale <= _LARGEST:
        raise UsageError(
            f"--scale {scale}: must be above 0 and at most {_LARGEST}, such as 0.5"
        )
