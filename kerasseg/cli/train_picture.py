"""One batch as a picture: what the net is going to see, and what it should say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from kerasseg.cli.preview_picture import Row, draw

_MOST = 8


def draw_batch(
    batch: Sequence[np.ndarray], names: Sequence[str], dataset: Any
) -> Figure:
    """Draws the images of a batch, beside them their masks and weights.

    Args:
        batch: Images `(B, H, W, C)` in any range, masks `(B, H, W)` and perhaps
            weights `(B, H, W)`.
        names: Of the images, at least as many.
        dataset: Names and colours of the classes.
    """
    rows = [
        Row(name, _in_range(image), *others)
        for name, image, *others in zip(names, *batch, strict=False)
    ]
    return draw(rows[:_MOST], dataset)


def _in_range(image):
    """Values 0…255, whatever the net is given."""
    low, high = image.min(), image.max()
    return 255 * (image - low) / max(high - low, 1e-9)
