"""What `kerasseg preview` draws: a row for each image."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from kerasseg.visualize import overlay_heatmap, overlay_labels
from kerasseg.visualize.background import background_class
from kerasseg.visualize.canvas import as_rgb, show, take_literally
from kerasseg.visualize.overlay_colors import IGNORED_COLOR, overlay_colors

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

    from kerasseg.data import SegmentationDataset

_COLUMN, _MOST_HIGH = 3.2, 200.0  # inches
_IGNORED = "ignored"


class Row(NamedTuple):
    """One image as training sees it.

    Attributes:
        name: Of the sample.
        image: `(height, width, channels)` float32, 0…255.
        mask: `(height, width)` int32.
        weights: `(height, width)` float32, or `None`.
    """

    name: str
    image: np.ndarray
    mask: np.ndarray
    weights: np.ndarray | None = None


def draw(
    rows: Sequence[Row], dataset: SegmentationDataset, weights_title: str = "weights"
) -> Figure:
    """A grid: each image, its mask over it, and its weights if there are any.

    Pixels that are ignored are pale in the mask.

    Args:
        rows: At least one.
        dataset: With `names`, `colors` and `ignore_class`.
        weights_title: Above the column of the weights.

    Returns:
        The figure.
    """
    columns = 2 if rows[0].weights is None else 3
    tallest = max(row.mask.shape[0] / row.mask.shape[1] for row in rows)
    height = len(rows) * (_COLUMN * tallest + 0.3)
    figure = Figure(
        (columns * _COLUMN + 2, min(height, _MOST_HIGH)), layout="compressed"
    )
    grid = figure.subplots(len(rows), columns, squeeze=False)
    heaviest = max(float(row.weights.max()) for row in rows) if columns == 3 else 0
    grid[0, 1].set_title("mask")
    if columns == 3:
        grid[0, 2].set_title(weights_title)
    legend = {}
    for row, axes in zip(rows, grid, strict=True):
        show(as_rgb(_shown(row.image)), row.name, axes[0])
        legend |= _draw_mask(row, dataset, axes[1])
        if row.weights is not None:
            _draw_weights(row.weights, heaviest, axes[2])
    if legend:
        names = [*dataset.names, _IGNORED]
        handles = [legend[name] for name in names if name in legend]
        take_literally(figure.legend(handles=handles, loc="outside right upper"))
    return figure


def _draw_mask(row: Row, dataset: SegmentationDataset, axes: Axes) -> dict[str, Artist]:
    """The mask over its image; returns what the legend shows, by name."""
    is_ignored = row.mask == dataset.ignore_class  # nowhere, if that is None
    pale = np.divide(IGNORED_COLOR, 255)
    image = np.where(is_ignored[..., None], pale, as_rgb(_shown(row.image)))
    overlay_labels(
        *(image, row.mask),
        *(dataset.names, overlay_colors(dataset.colors), dataset.ignore_class),
        background=background_class(dataset.names, dataset.colors),
        axes=axes,
    )
    handles = [Patch(fc=pale, ec="0.5", label=_IGNORED)] if is_ignored.any() else []
    if legend := axes.get_legend():
        legend.remove()  # one for all rows instead
        handles += legend.legend_handles
    return {handle.get_label(): handle for handle in handles}


def _draw_weights(weights: np.ndarray, heaviest: float, axes: Axes) -> None:
    black = np.zeros(weights.shape, np.float32)
    options = {"colormap": "viridis", "alpha": 1.0, "colorbar_label": "weight"}
    overlay_heatmap(black, weights, limits=(0, heaviest), axes=axes, **options)


def _shown(image: np.ndarray) -> np.ndarray:
    """An image of any range and number of bands as one that can be shown."""
    image = image[..., :3] if image.shape[-1] >= 3 else image[..., :1]
    low, high = float(image.min()), float(image.max())
    if low < 0 or high > 255:  # a satellite's values, say
        return (image - low) / (high - low)
    return image / 255
