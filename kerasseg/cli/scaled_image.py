"""Images as a training at a scale sees them, and a tile of one from what it covers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from PIL import Image

from kerasseg.inference.tiles.memory_maps import release_pages


class ScaledImage:
    """An image smaller or larger, resized where it is read.

    So a large photo, of which a part is in memory at any time, stays where it is.
    Pixels are interpolated bilinearly; a smaller one is the mean of all that it covers,
    weighted by their distance.

    Args:
        image: `(height, width)` or `(height, width, channels)`, to be sliced.
        scale: Factor, above 0.

    Attributes:
        shape: That of the resized image.
        dtype: Whole numbers stay so, and are rounded.
    """

    def __init__(self, image: Any, scale: float):
        self._image = image
        self.shape = (*scaled_size(image.shape, scale), *image.shape[2:])
        is_whole = image.dtype.kind in "iu"
        self.dtype = np.dtype(image.dtype if is_whole else np.float32)

    def __getitem__(self, place: tuple[slice, slice]) -> np.ndarray:
        rows, columns = (
            part.indices(length)[:2]
            for part, length in zip(place, self.shape, strict=False)
        )
        y, top, bottom = covered(*rows, self._image.shape[0], self.shape[0])
        x, left, right = covered(*columns, self._image.shape[1], self.shape[1])
        piece = np.asarray(self._image[y, x], np.float32)
        release_pages(self._image)
        size = columns[1] - columns[0], rows[1] - rows[0]
        planes = [
            resized(plane, size, (left, top, right, bottom))
            for plane in np.moveaxis(np.atleast_3d(piece), 2, 0)
        ]
        values = np.stack(planes, axis=-1).reshape(*size[::-1], *self.shape[2:])
        return np.rint(values).astype(self.dtype) if self.dtype.kind != "f" else values


def scaled_size(shape: tuple[int, ...], scale: float) -> tuple[int, int]:
    """Height and width at a scale, at least one pixel each."""
    return max(round(shape[0] * scale), 1), max(round(shape[1] * scale), 1)


def covered(
    first: int, end: int, given: int, wanted: int
) -> tuple[slice, float, float]:
    """What pixels `first` … `end` are made of, along an axis that is resized.

    Args:
        first: First of the resized pixels that are needed.
        end: The one after the last of them.
        given: Length of the axis.
        wanted: Its length when resized.

    Returns:
        The pixels to read, neighbours that weigh in included, and the places in them
        where the resized pixels begin and end.
    """
    ratio = given / wanted
    reach = max(ratio, 1) + 1  # from a pixel's centre, rounding included
    low = max(math.floor((first + 0.5) * ratio - reach), 0)
    high = min(math.ceil((end - 0.5) * ratio + reach), given)
    return slice(low, high), first * ratio - low, min(end * ratio, given) - low


def resized(
    plane: np.ndarray, size: tuple[int, int], box: tuple[float, ...]
) -> np.ndarray:
    """A box of a plane of float32, resized bilinearly.

    Args:
        plane: `(height, width)`.
        size: Width and height of the result, as Pillow has them.
        box: Left, top, right and bottom; what lies about it weighs in at its border.
    """
    picture = Image.fromarray(np.ascontiguousarray(plane))
    return np.asarray(picture.resize(size, Image.Resampling.BILINEAR, box))
