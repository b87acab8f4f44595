"""One batch as a picture: what the net is going to see, and what it should say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from kerasseg.visualize.background import background_class
from kerasseg.visualize.canvas import figure_size
from kerasseg.visualize.labels import overlay_labels

_MOST = 8
_COLUMNS = 2
_ENLARGED = 1.6  # so that the names of the classes fit beside each image


def draw_batch(batch: Sequence[np.ndarray], dataset: Any) -> Figure:
    """Draws the images of a batch, coloured by their masks.

    Args:
        batch: Images `(B, H, W, C)` in any range, and masks `(B, H, W)`.
        dataset: Names and colours of the classes.
    """
    images, masks = batch[0][:_MOST], batch[1][:_MOST]
    columns = min(len(images), _COLUMNS)
    rows = -(-len(images) // columns)
    size = figure_size(rows * images.shape[1], columns * images.shape[2])
    figure = Figure(figsize=[_ENLARGED * n for n in size], layout="constrained")
    for index, (image, mask) in enumerate(zip(images, masks, strict=True), start=1):
        overlay_labels(
            _shown(image),
            mask,
            class_names=dataset.names,
            colors=np.asarray(dataset.colors, np.uint8),
            ignore_class=dataset.ignore_class,
            background=background_class(dataset.names, dataset.colors),
            axes=figure.add_subplot(rows, columns, index),
        )
    return figure


def _shown(image):
    low, high = image.min(), image.max()
    pixels = (image - low) / max(high - low, 1e-9)
    return pixels[..., :3] if pixels.shape[-1] >= 3 else pixels[..., :1]
