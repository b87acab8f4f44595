"""Several images in one picture."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from kerasseg.errors import ArgumentError
from kerasseg.visualize.canvas import as_rgb, figure_size, show


def side_by_side(
    images: Sequence[np.ndarray],
    titles: Sequence[str] | None = None,
    columns: int | None = None,
) -> Figure:
    """Shows images beside one another, in rows from the top left.

    Args:
        images: Each `(height, width)`, `(height, width, 1)` or `(height, width, 3)`;
            uint8, or float in [0, 1]. Their sizes may differ.
        titles: A text for each, or `None`.
        columns: How many in a row; by default all, and at most 4.

    Returns:
        The figure.

    Raises:
        ArgumentError: There are no images, not as many titles, or an image cannot be
            shown.

    Example:

    >>> import numpy as np
    >>> figure = side_by_side([np.zeros((8, 8)), np.ones((8, 8))], ["night", "day"])
    >>> [axes.get_title() for axes in figure.axes]
    ['night', 'day']
    """
    titles = [None] * len(images) if titles is None else titles
    if len(images) == 0 or len(titles) != len(images):
        raise ArgumentError(
            "side_by_side needs at least one image, and a title for each. "
            f"Received: {len(images)} images, {len(titles)} titles"
        )
    columns = min(len(images), 4) if columns is None else columns
    if columns < 1:
        raise ArgumentError(f"columns must be at least 1. Received: {columns}")
    photos = [as_rgb(image) for image in images]
    rows = math.ceil(len(photos) / columns)
    height = rows * max(photo.shape[0] for photo in photos)
    width = columns * max(photo.shape[1] for photo in photos)
    figure = Figure(figsize=figure_size(height, width), layout="constrained")
    for index, (photo, title) in enumerate(zip(photos, titles, strict=True), start=1):
        show(photo, title, figure.add_subplot(rows, columns, index))
    return figure
