"""A heatmap laid back onto the image, each cell at the middle of what it saw."""

from __future__ import annotations

import numpy as np

from kerasseg.errors import ArgumentError
from kerasseg.geometry import ReceptiveField


def project_heatmap(
    heatmap: np.ndarray,
    receptive_field: ReceptiveField,
    image_size: tuple[int, int],
    method: str = "bilinear",
    border: str = "extend",
) -> np.ndarray:
    """Enlarges a map of scores to the image, aligned to the half pixel.

    A cell's score stands at the centre of its receptive field. Stretching the map over
    the image instead, as is often done, moves everything: an unpadded net sees nothing
    centred on the outer pixels.

    Args:
        heatmap: `(rows, columns)` or `(rows, columns, channels)`.
        receptive_field: Where the cells stand, from `kerasseg.receptive_field`.
        image_size: `(height, width)` of the image in pixels.
        method: `"bilinear"` between the four nearest cells, or `"nearest"`: the score
            of the cell whose centre is nearest (the first one, if two are).
        border: Pixels more than half a stride beyond the outermost centres get the
            nearest cell's score (`"extend"`), or NaN (`"nan"`), since no cell looks
            straight at them.

    Returns:
        float32 scores, `(height, width)` or `(height, width, channels)`.

    Raises:
        ArgumentError: The heatmap has no cells or other axes, or the method is unknown.

    Example:

    >>> import numpy as np
    >>> field = ReceptiveField(size=(4, 4), stride=(2, 2), offset=(0, 0))
    >>> field.center(0, 0), field.center(0, 1)  # x = 2 and x = 4
    ((2.0, 2.0), (2.0, 4.0))
    >>> project_heatmap(np.array([[0.0, 1.0]]), field, (1, 6))
    array([[0.  , 0.  , 0.25, 0.75, 1.  , 1.  ]], dtype=float32)
    """
    heatmap = np.asarray(heatmap, dtype=np.float32)
    if heatmap.ndim not in (2, 3) or 0 in heatmap.shape[:2]:
        raise ArgumentError(
            "heatmap must have shape (rows, columns) or (rows, columns, channels) and "
            f"at least one cell. Received: heatmap of shape {heatmap.shape}"
        )
    if method not in ("bilinear", "nearest"):
        raise ArgumentError(
            f'method must be "bilinear" or "nearest". Received: method={method!r}'
        )
    if len(tuple(image_size)) != 2 or any(n != int(n) or n < 1 for n in image_size):
        raise ArgumentError(
            f"image_size must be (height, width). Received: image_size={image_size}"
        )
    if border not in ("extend", "nan"):
        raise ArgumentError(
            f'border must be "extend" or "nan". Received: border={border!r}'
        )
    first = receptive_field.center(0, 0)
    for axis in (0, 1):
        pixels = np.arange(image_size[axis]) + 0.5
        places = (pixels - first[axis]) / receptive_field.stride[axis]  # in cells
        inside = np.clip(places, 0, heatmap.shape[axis] - 1)
        heatmap = _sample(heatmap, inside, axis, method)
        if border == "nan":
            np.moveaxis(heatmap, axis, 0)[np.abs(places - inside) > 0.5] = np.nan
    return heatmap


def _sample(cells: np.ndarray, places: np.ndarray, axis: int, method: str):
    """Values at fractional cell numbers along one axis."""
    if method == "nearest":
        # Ties fall to the lower cell; rint would alternate between even and odd ones.
        return np.take(cells, np.ceil(places - 0.5).astype(int), axis)
    low = np.floor(places).astype(int)
    high = np.minimum(low + 1, cells.shape[axis] - 1)
    weight = (places - low).astype(np.float32)
    weight = weight.reshape([-1 if i == axis else 1 for i in range(cells.ndim)])
    below, above = np.take(cells, low, axis), np.take(cells, high, axis)
    mixed = below * (1 - weight) + above * weight
    return np.where(weight == 0, below, mixed)  # a NaN of no weight stays out
