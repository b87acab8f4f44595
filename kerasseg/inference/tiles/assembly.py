"""The scores of tiles put together, and written out row of tiles by row of tiles."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kerasseg.inference.tiles.axis_plan import AxisPlan
from kerasseg.inference.tiles.memory_maps import release_pages

Finish = Callable[[np.ndarray], np.ndarray]


class CroppedTiles:
    """Of each place the scores of one tile, written at once: nothing is kept.

    Args:
        y: The plan of the rows.
        x: The plan of the columns.
        out: What is written to, by slices.
        finish: Turns scores `(h, w, classes)` into what is written.
    """

    def __init__(self, y: AxisPlan, x: AxisPlan, out: Any, finish: Finish):
        self.y, self.x, self.out, self.finish = y, x, out, finish

    def add(self, row: int, column: int, scores: np.ndarray) -> None:
        """Takes the scores of a tile; tiles come row by row."""
        rows, columns = _kept(self.y, row), _kept(self.x, column)
        part = scores[_in_tile(self.y, row, rows), _in_tile(self.x, column, columns)]
        if part.size:
            self.out[slice(*rows), slice(*columns)] = self.finish(part)
        if column == len(self.x.starts) - 1:
            release_pages(self.out)


class BlendedTiles:
    """The weighted mean of all tiles at a place; a band as high as a tile is kept.

    Args:
        y, x, out, finish: As for `CroppedTiles`.
        gaussian: Whether the middle of a tile counts for more, else all alike.
        classes: Number of scores at a place.
    """

    def __init__(
        self, y: AxisPlan, x: AxisPlan, out, finish, gaussian: bool, classes: int
    ):
        self.y, self.x, self.out, self.finish = y, x, out, finish
        self.weights = [_shares(plan, gaussian) for plan in (y, x)]
        self.band = np.zeros((y.given, x.scores, classes), np.float32)

    def add(self, row: int, column: int, scores: np.ndarray) -> None:
        """Takes the scores of a tile; tiles come row by row."""
        place = self.x.places[column]
        columns = max(place, 0), min(place + self.x.given, self.x.scores)
        inside = _in_tile(self.x, column, columns)
        share = (
            self.weights[0][row][:, None, None]
            * self.weights[1][column][None, inside, None]
        )
        self.band[:, slice(*columns)] += scores[:, inside] * share
        if column == len(self.x.starts) - 1:
            self._write(row)

    def _write(self, row: int) -> None:
        """Writes the rows of the band that no later tile reaches, and drops them."""
        place = self.y.places[row]
        is_last = row == len(self.y.starts) - 1
        following = self.y.scores if is_last else self.y.places[row + 1]
        first, end = max(place, 0), min(following, self.y.scores)
        if end > first:
            done = self.band[first - place : end - place]
            self.out[first:end, 0 : self.x.scores] = self.finish(done)
        moved = min(following - place, len(self.band))
        self.band[: len(self.band) - moved] = self.band[moved:].copy()
        self.band[len(self.band) - moved :] = 0
        release_pages(self.out)


def _kept(plan: AxisPlan, number: int) -> tuple[int, int]:
    return plan.cuts[number], plan.cuts[number + 1]


def _in_tile(plan: AxisPlan, number: int, scores: tuple[int, int]) -> slice:
    place = plan.places[number]
    return slice(scores[0] - place, scores[1] - place)


def _shares(plan: AxisPlan, gaussian: bool) -> list[np.ndarray]:
    """Of each tile along an axis, what part of the mean each of its scores is.

    The weights of a tile are those of its rows times those of its columns, so the sum
    of all that meet at a place is a product too, and each axis is divided by itself.
    """
    weights = np.ones(plan.given)
    if gaussian:
        distance = np.arange(plan.given) - (plan.given - 1) / 2
        weights = np.exp(-0.5 * (distance / (plan.given / 8)) ** 2)
    begin = min(plan.places)
    total = np.zeros(plan.places[-1] + plan.given - begin)
    for place in plan.places:
        total[place - begin : place - begin + plan.given] += weights
    return [
        (weights / total[p - begin : p - begin + plan.given]).astype(np.float32)
        for p in plan.places
    ]
