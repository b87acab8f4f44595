"""The size of the tiles: the largest one that is allowed, fits the net and the image.

Two tiles agree where they overlap only if their maps stand on the same grid, so tiles
begin at multiples of the net's period, the product of its strides. At the image's right
and bottom border the last tile must end where the image ends, since a net that pads
sees the border there. Both are possible at once if the tile leaves the same rest as the
image when divided by the period: then all tiles have one size, begun windows of odd
maps fall alike in each, and mirrored tiles stand on the mirrored grid.
"""

from __future__ import annotations

import keras

from kerasseg.errors import ArgumentError
from kerasseg.inference.tiles.tile_axis import Tile, examine

_SIZES_TO_TRY = 256
_DOUBLINGS = 5


def choose_tile(
    model: keras.Model,
    image_size: tuple[int, int],
    tile_size: tuple[int, int],
    extend: bool | None,
) -> Tile:
    """Chooses the size of the tiles.

    Args:
        model: A net from one image to one map.
        image_size: Height and width of the image.
        tile_size: The largest tile allowed.
        extend: Whether the image is continued beyond its borders; `None` where the net
            gives less than it takes.

    Raises:
        ArgumentError: The net takes no tile of at most this size.
    """
    fixed = model.inputs[0].shape[1:3]
    for length, wanted in zip(fixed, tile_size, strict=True):
        if length not in (None, wanted):
            raise ArgumentError(
                f"Model '{model.name}' takes tiles of {fixed[0]}×{fixed[1]} alone. "
                f"Received: tile_size={tile_size}"
            )
    if None not in fixed:
        return _needed(examine(model, fixed), model, tile_size)
    largest = tuple(_largest(model, n, axis) for axis, n in enumerate(tile_size))
    tile = _needed(examine(model, largest), model, tile_size)
    size = [
        fixed[i]
        or _fitting(model, i, image_size[i], tile_size[i], axis, extend)
        or largest[i]
        for i, axis in enumerate((tile.y, tile.x))
    ]
    return _needed(examine(model, tuple(size)), model, tile_size)


def with_inner_cells(model: keras.Model, tile: Tile) -> Tile | None:
    """A larger tile on the same grid, some of whose scores no border has touched.

    Returns:
        The tile, or `None` if the net takes none or still looks farther.
    """
    for times in range(1, _DOUBLINGS + 1):
        larger = _enlarged(model, tile, 2**times - 1)
        if larger and None not in (larger.y.head, larger.x.head):
            return larger
    return None


def is_steady(model: keras.Model, tile: Tile) -> bool:
    """Whether larger tiles on the same grid have the same geometry."""
    other = _enlarged(model, tile, 0)
    if other is None:
        return None not in model.inputs[0].shape[1:3]
    return all(
        a.lost == b.lost
        and (None in (a.head, b.head) or (a.head, a.tail) == (b.head, b.tail))
        for a, b in ((tile.y, other.y), (tile.x, other.x))
    )


def _enlarged(model: keras.Model, tile: Tile, times: int) -> Tile | None:
    """By so many times the tile's length and less than a period, where not fixed."""
    axes = zip((tile.y, tile.x), model.inputs[0].shape[1:3], strict=True)
    size = tuple(
        axis.length + (times * axis.length // axis.period + 1) * axis.period
        if fixed is None
        else fixed
        for axis, fixed in axes
    )
    return examine(model, size)


def _fitting(model, i, length, wanted, axis, extend) -> int | None:
    """The size at which tiles end where the image does, if the net takes it."""
    if extend or (extend is None and axis.lost):
        return None
    size = length if length <= wanted else wanted - (wanted - length) % axis.period
    return size if size >= 1 and _takes(model, size, i) else None


def _largest(model, wanted: int, i: int) -> int:
    if model.inputs[0].shape[1 + i] is not None:
        return wanted
    for size in range(wanted, max(wanted - _SIZES_TO_TRY, 0), -1):
        if _takes(model, size, i):
            return size
    raise ArgumentError(
        f"Model '{model.name}' takes no image of {wanted} pixels or a little less. "
        f"Enlarge the tiles. Received: tile_size={wanted}"
    )


def _takes(model, length: int, i: int) -> bool:
    # Squares, as a net that refuses sizes refuses them along both axes.
    fixed = model.inputs[0].shape[1:3]
    return examine(model, (fixed[0] or length, fixed[1] or length)) is not None


def _needed(tile: Tile | None, model, tile_size) -> Tile:
    if tile is None:
        raise ArgumentError(
            f"Model '{model.name}' does not take tiles of this size. "
            f"Received: tile_size={tile_size}"
        )
    return tile
