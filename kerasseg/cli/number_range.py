"""The numbers that a setting can have, from a flag or a file."""

from __future__ import annotations

import argparse
import math
from dataclasses import dataclass


@dataclass(frozen=True)
class NumberRange:
    """Reads the text of a flag as a number of a range.

    Attributes:
        kind: `int` or `float`.
        low: The lowest.
        high: The highest, or `None`.
        has_low: Whether the lowest is one of them.
        has_high: Whether the highest is.
    """

    kind: type[int] | type[float]
    low: float = 0
    high: float | None = None
    has_low: bool = True
    has_high: bool = True

    def __call__(self, text: str) -> float:
        try:
            value = self.kind(text)
        except ValueError:
            value = math.nan
        if not self.holds(value):
            raise argparse.ArgumentTypeError(f"must be {self}, not {text!r}")
        return value

    def __str__(self) -> str:
        what = "a whole number" if self.kind is int else "a number"
        low = f"{'from' if self.has_low else 'above'} {self.low}"
        if self.high is None:
            return f"{what} {low}"
        joint = "to" if self.has_high else "to below"
        return f"{what} {low} {joint} {self.high}"

    def holds(self, value: float) -> bool:
        """Whether a number is one of them; NaN and infinity never are."""
        if not math.isfinite(value) or value < self.low:
            return False
        if value == self.low and not self.has_low:
            return False
        if self.high is None or value < self.high:
            return True
        return value == self.high and self.has_high


AT_LEAST_1 = NumberRange(int, 1)
COUNT = NumberRange(int)
SEED = NumberRange(int, 0, 2**32 - 1)  # NumPy's
POSITIVE = NumberRange(float, has_low=False)
NOT_NEGATIVE = NumberRange(float)
SHARE = NumberRange(float, 0, 1, has_low=False)
MOMENTUM = NumberRange(float, 0, 1, has_high=False)
AVERAGE = NumberRange(float, 0, 1, has_low=False, has_high=False)
