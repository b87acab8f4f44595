"""Where tiles begin along one axis, and where their scores go."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from kerasseg.errors import ArgumentError
from kerasseg.inference.tiles.tile_axis import TileAxis


@dataclass(frozen=True)
class AxisPlan:
    """The tiles along one axis, in order.

    Attributes:
        length: Pixels of a tile.
        given: Scores that a tile gives.
        scores: How many the whole axis has.
        starts: The pixel at which each tile begins; negative before the image.
        places: The score at which each tile's own begin; negative ones are dropped.
        cuts: Tile k's scores are kept from `cuts[k]` to `cuts[k + 1]`, by "crop".
    """

    length: int
    given: int
    scores: int
    starts: tuple[int, ...]
    places: tuple[int, ...]
    cuts: tuple[int, ...]


def plan_axis(
    image: int,
    tile: TileAxis,
    overlap: int,
    margins: tuple[int, int],
    extend: bool,
    name: str = "height",
    wanted: int | None = None,
) -> AxisPlan:
    """Lays tiles along one axis of an image.

    Args:
        image: Length of the image.
        tile: The tile.
        overlap: Scores that neighbouring tiles must share, at least.
        margins: Scores at the begin and the end of a tile that are better left to its
            neighbours.
        extend: Whether the image is continued beyond both its borders, so that even
            its outermost scores are not in a margin.
        name: What to call the axis in errors.
        wanted: The length that was asked for, if the tile's is another.

    Raises:
        ArgumentError: Tiles that overlap so much do not get on.
    """
    before, behind = _continued(tile, margins, extend)
    total = tile.length + _up(before + image + behind - tile.length, tile.period)
    skipped = before if tile.lost == 0 else 0  # scores before those of the image
    scores = image if extend or tile.lost == 0 else image - tile.lost
    if scores < 1:
        raise ArgumentError(
            f"The image's {name} of {image} pixels is too small: the net gives "
            f"{tile.lost} pixels less than it takes. Let padding_mode be 'reflect'."
        )
    starts = _starts(total, tile, overlap, name, wanted or tile.length)
    places = [start - skipped for start in starts]
    cuts = [0, *(_cut(a, b, tile.given, margins) for a, b in pairwise(places)), scores]
    return AxisPlan(
        tile.length,
        tile.given,
        scores,
        tuple(start - before for start in starts),
        tuple(places),
        tuple(min(max(cut, 0), scores) for cut in cuts),
    )


def _continued(tile: TileAxis, margins: tuple[int, int], extend: bool):
    """Pixels by which the image is continued before its begin and behind its end."""
    if not extend:
        return 0, 0
    if tile.lost:
        return tile.lost // 2, tile.lost - tile.lost // 2
    # By whole periods, so that inside the image the grid stays where it was.
    return _up(margins[0], tile.period), margins[1]


def _starts(
    total: int, tile: TileAxis, overlap: int, name: str, wanted: int
) -> list[int]:
    last = total - tile.length
    if last == 0:
        return [0]
    step = (tile.given - overlap) // tile.period * tile.period
    if step < 1:
        used = "" if wanted == tile.length else f" ({tile.length} fit the image)"
        raise ArgumentError(
            f"Tiles of {name} {wanted}{used} are too small: they give {tile.given} "
            f"scores, share {overlap} with the next one and begin at multiples of "
            f"{tile.period}. Choose tiles of {name} "
            f"{tile.lost + overlap + 2 * tile.period} or more, or a smaller overlap."
        )
    return [*range(0, last, step), last]


def _cut(place: int, following: int, given: int, margins: tuple[int, int]) -> int:
    """The first score that the following tile gives, in the middle of what is sure."""
    shared = place + given - following
    inside = (shared + margins[0] - margins[1]) // 2
    return following + min(max(inside, 0), shared)


def _up(number: int, period: int) -> int:
    """The next multiple, 0 for what is below it."""
    return -(-max(number, 0) // period) * period
