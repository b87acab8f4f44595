"""Colours of classes, and class ids from coloured masks."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from kerasseg.errors import ArgumentError

Palette = np.ndarray | Mapping[tuple[int, int, int], int]
"""Colours `(classes, 3)`, row = class id; or the class id of each colour."""


def voc_colormap(count: int = 256) -> np.ndarray:
    """The colours of PASCAL VOC: the bits of the id, dealt to red, green and blue.

    Args:
        count: How many colours, 1 to 256.

    Returns:
        `(count, 3)` uint8, one row a class id.

    Raises:
        ArgumentError: `count` is out of range.

    Example:

    >>> voc_colormap(3).tolist()
    [[0, 0, 0], [128, 0, 0], [0, 128, 0]]
    """
    if not 1 <= count <= 256:
        raise ArgumentError(f"count must lie between 1 and 256. Received: {count}")
    ids = np.arange(count)
    colors = np.zeros((count, 3), np.uint8)
    for bit in range(8):  # bit 3k + c of the id is bit 7 - k of channel c
        colors[:, bit % 3] |= ((ids >> bit & 1) << (7 - bit // 3)).astype(np.uint8)
    return colors


def ids_of_colors(pixels: np.ndarray, palette: Palette) -> np.ndarray:
    """The class id of every pixel by its colour.

    Args:
        pixels: `(height, width, 3)` uint8.
        palette: `(classes, 3)` colours, or a mapping from `(r, g, b)` to class id. Of
            equal colours, the first counts.

    Returns:
        `(height, width)` int32; -1 where the colour is not in the palette.

    Raises:
        ArgumentError: `palette` holds no colours.

    Example:

    >>> pixels = np.array([[[128, 0, 0], [1, 2, 3]]], np.uint8)
    >>> ids_of_colors(pixels, voc_colormap(21)).tolist()
    [[1, -1]]
    """
    known, ids = _codes_and_ids(palette)
    codes = _codes(pixels)  # (H, W)
    place = np.searchsorted(known, codes).clip(max=len(known) - 1)
    return np.where(known[place] == codes, ids[place], -1).astype(np.int32)


def check_colors(colors, classes: int) -> np.ndarray:
    """Colours as `(classes, 3)` uint8."""
    array = np.asarray(colors)
    fits = array.shape == (classes, 3) and array.min() >= 0 and array.max() <= 255
    if not fits or not np.issubdtype(array.dtype, np.integer):
        raise ArgumentError(
            f"colors must be {classes} rows of three integers, 0…255. "
            f"Received: shape {array.shape}, {array.dtype}"
        )
    return array.astype(np.uint8)


def _codes_and_ids(palette: Palette) -> tuple[np.ndarray, np.ndarray]:
    if isinstance(palette, Mapping):
        colors, ids = list(palette), np.array(list(palette.values()), np.int32)
    else:
        colors, ids = palette, np.arange(len(palette), dtype=np.int32)
    colors = np.asarray(colors)
    if colors.ndim != 2 or colors.shape[1] != 3 or not len(colors):
        raise ArgumentError(
            "palette must hold colours of three numbers. "
            f"Received: palette of shape {colors.shape}"
        )
    known, first = np.unique(_codes(colors), return_index=True)
    return known, ids[first]


def _codes(colors: np.ndarray) -> np.ndarray:
    red, green, blue = np.moveaxis(colors.astype(np.int32), -1, 0)
    return red << 16 | green << 8 | blue
