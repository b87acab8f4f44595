"""The tiles for one net and one image size."""

from __future__ import annotations

from dataclasses import dataclass

import keras

from kerasseg.errors import ArgumentError
from kerasseg.inference.tiles.axis_plan import AxisPlan, plan_axis
from kerasseg.inference.tiles.tile_axis import Tile
from kerasseg.inference.tiles.tile_size import (
    choose_tile,
    is_steady,
    with_inner_cells,
)


def plan_tiles(
    model: keras.Model,
    image_size: tuple[int, int],
    tile_size: tuple[int, int],
    overlap: tuple[int, int] | None,
    *,
    is_exact: bool,
    extend: bool | None,
    flips: bool = False,
    rotations: bool = False,
) -> tuple[AxisPlan, AxisPlan, int]:
    """Lays tiles over an image.

    Args:
        model: A net from one image to one map.
        image_size: Height and width of the image.
        tile_size: The largest tile allowed.
        overlap: Scores that neighbours share at least; `None` for the default.
        is_exact: Whether the default is what exactness needs.
        extend: Whether the image is continued beyond its borders; `None` where the net
            gives less than it takes.
        flips: Whether tiles are mirrored, so that both ends are alike.
        rotations: Whether they are turned, so that both axes are alike.

    Returns:
        The plan of the rows, that of the columns, and the number of classes.

    Raises:
        ArgumentError: There are no such tiles; the message says what to change.
    """
    tile = choose_tile(model, image_size, tile_size, extend)
    if flips:
        _check_symmetry(tile)
    if rotations:
        _check_turns(tile)
    finder = _Margins(model, tile, is_exact, flips, rotations)
    plans = []
    for i, (axis, name) in enumerate(((tile.y, "height"), (tile.x, "width"))):
        extends = bool(axis.lost) if extend is None else extend
        is_alone = axis.length >= image_size[i] and not extends
        wanted = None if overlap is None else overlap[i]
        shared, margins = (0, (0, 0)) if is_alone else finder.find(i, wanted)
        plans.append(
            plan_axis(
                *(image_size[i], axis, shared, margins, extends, name), tile_size[i]
            )
        )
    return plans[0], plans[1], tile.classes


@dataclass(frozen=True)
class _Margins:
    """How much tiles share, and what is better left to the neighbour."""

    model: keras.Model
    tile: Tile
    is_exact: bool
    flips: bool
    rotations: bool

    def find(self, i: int, overlap: int | None) -> tuple[int, tuple[int, int]]:
        """The overlap along an axis, and the margins `(head, tail)`."""
        margins = self._margins(i)
        if overlap is None and self.is_exact:
            self._check(margins)
            return sum(margins), margins
        if overlap is None:
            overlap = (self.tile.y, self.tile.x)[i].given // 4
        if margins is None or sum(margins) > overlap:
            margins = overlap // 2, overlap - overlap // 2
        return overlap, margins

    def _margins(self, i: int) -> tuple[int, int] | None:
        tile = self.tile
        if tile.unknown or tile.whole:
            return None
        if None in (tile.y.head, tile.x.head):
            tile = with_inner_cells(self.model, tile)
        if tile is None:
            return None
        axes = (tile.y, tile.x) if self.rotations else ((tile.y, tile.x)[i],)
        ends = [end for axis in axes for end in (axis.head, axis.tail)]
        return (max(ends), max(ends)) if self.flips else (ends[0], ends[1])

    def _check(self, margins: tuple[int, int] | None) -> None:
        """Refuses what no overlap makes exact."""
        tile, name = self.tile, self.model.name
        advice = (
            "Pass an overlap, or blend='gaussian', if scores that depend on the tiling "
            "will do"
        )
        if tile.unknown:
            raise ArgumentError(f"{tile.unknown} {advice}.")
        if tile.whole:
            raise ArgumentError(
                f"Through layer '{tile.whole}' every score of '{name}' depends on the "
                f"whole image, so tiles are never exact. {advice}; or tiles as large "
                "as the image."
            )
        if margins is None:
            raise ArgumentError(
                f"'{name}' looks farther than its tiles reach, so they are never "
                f"exact. {advice}."
            )
        if not is_steady(self.model, tile):
            raise ArgumentError(
                f"What '{name}' sees around a pixel depends on the size of the image, "
                f"so tiles are never exact. {advice}."
            )


def _check_symmetry(tile: Tile) -> None:
    for axis in (tile.y, tile.x):
        if axis.lost % 2:
            raise ArgumentError(
                f"Of {axis.length} pixels the net gives {axis.given}, which have no "
                "centre in common, so mirrored scores fall between the pixels. Pass "
                "flips=False and rotations=False."
            )


def _check_turns(tile: Tile) -> None:
    if (tile.y.lost, tile.y.period) != (tile.x.lost, tile.x.period):
        raise ArgumentError(
            "The net treats rows and columns differently, so its scores cannot be "
            "turned. Pass rotations=False."
        )
