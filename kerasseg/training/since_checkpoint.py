"""How long ago the last checkpoint was: steps and minutes."""

from __future__ import annotations

import time

from kerasseg.errors import ArgumentError


class SinceCheckpoint:
    """Counts from the last checkpoint on, or from the beginning of the training."""

    def __init__(self):
        self.restart()

    def restart(self) -> None:
        """Counts from now on."""
        self._time, self._steps = time.monotonic(), 0

    def add(self, steps: int) -> None:
        """Counts steps that were done."""
        self._steps += steps

    def has_reached(self, steps: int | None, minutes: float | None) -> bool:
        """Whether so many steps or so many minutes have gone by; `None` never have."""
        if steps is not None and self._steps >= steps:
            return True
        if minutes is None:
            return False
        return time.monotonic() - self._time >= minutes * 60


def check_interval(name: str, value: float | None) -> None:
    """Raises `ArgumentError` unless the value is a number above 0, or `None`."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if value is not None and not (is_number and value > 0):
        raise ArgumentError(
            f"{name} must be a number above 0, or None. Received: {name}={value!r}"
        )
