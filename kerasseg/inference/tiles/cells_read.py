"""Which cells along an axis a layer reads for each cell that it makes."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np


@dataclass(frozen=True)
class Read:
    """Cell i of the new map reads the cells `first[i]` to `last[i]` of the old one.

    Attributes:
        first: `(cells,)` integers; beyond the map where the layer reads padding.
        last: Likewise; smaller than `first` where nothing is read.
        stride: Cells of the old map between two of the new one.
    """

    first: np.ndarray
    last: np.ndarray
    stride: Fraction

    def inner(self, old: np.ndarray) -> np.ndarray:
        """Which new cells read none but inner cells, `old` telling which those are."""
        count = len(old)
        touched = np.concatenate([[0], np.cumsum(~old)])  # among the cells before
        is_inside = (self.first >= 0) & (self.last < count)
        first, end = np.clip(self.first, 0, count), np.clip(self.last + 1, 0, count)
        reads_nothing = self.last < self.first
        return reads_nothing | (is_inside & (touched[end] == touched[first]))


def read_by_window(cells: int, span: int, stride: int, before: int) -> Read:
    """A window over `span` cells every `stride`, from `before` cells outside on."""
    first = np.arange(cells) * stride - before
    return Read(first, first + span - 1, Fraction(stride))


def read_by_transposition(cells: int, span: int, stride: int, before: int) -> Read:
    """The same window turned round: each old cell writes `span` cells, `stride` apart.

    So new cell o reads from (o + before - span + 1)/stride to (o + before)/stride.
    """
    place = np.arange(cells) + before
    first = -((span - 1 - place) // stride)  # rounded up
    return Read(first, place // stride, Fraction(1, stride))


def read_by_interpolation(
    cells: int, factor: Fraction, from_corner: bool = False
) -> Read:
    """The two cells about each place, or the one that is right there.

    Args:
        cells: Of the new map.
        factor: How many new cells an old one becomes.
        from_corner: Whether the first centres coincide, in place of the borders.
    """
    p, q = factor.numerator, factor.denominator
    number = np.arange(cells)
    if from_corner:
        above, below = number * q, p
    else:
        above, below = (2 * number + 1) * q - p, 2 * p
    return Read(above // below, -(-above // below), Fraction(q, p))
