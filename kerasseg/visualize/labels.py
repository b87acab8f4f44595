"""A label map over the image that it is about."""

from __future__ import annotations

import colorsys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.patches import Patch

from kerasseg.errors import ArgumentError
from kerasseg.visualize.background import background_class
from kerasseg.visualize.canvas import as_rgb, show, take_literally
from kerasseg.visualize.names import ClassNames, class_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe and Ito, 2008: told apart by readers with any of the common colour blindnesses.
_OKABE_ITO = [
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#CC79A7",
    "#56B4E9",
    "#D55E00",
    "#F0E442",
]
_LEGEND_ROWS = 18


def distinct_colors(count: int) -> np.ndarray:
    """Colours for `count` classes, as unlike one another as so many can be.

    Args:
        count: How many. The first seven are those of Okabe and Ito, which
            colour-blind readers can tell apart.

    Returns:
        `(count, 3)` float array in [0, 1].

    Example:

    >>> distinct_colors(150).shape
    (150, 3)
    """
    colors = [to_rgb(name) for name in _OKABE_ITO[:count]]
    for index in range(count - len(colors)):
        # Steps of the golden ratio spread over the hues however many are asked for.
        hue = (0.05 + index * 0.618034) % 1
        colors.append(
            colorsys.hsv_to_rgb(hue, (0.85, 0.5)[index % 2], 0.9 - 0.2 * (index % 3))
        )
    return np.array(colors, float).reshape(-1, 3)


def overlay_labels(
    image: np.ndarray,
    labels: np.ndarray,
    class_names: ClassNames | None = None,
    colors: Sequence[Any] | np.ndarray | None = None,
    ignore_class: int | None = None,
    alpha: float = 0.5,
    *,
    background: int | Literal["auto"] | None = "auto",
    title: str | None = None,
    axes: Axes | None = None,
) -> Figure:
    """Colours every pixel by its class; a legend names the classes that are present.

    The background stays as the photo is; its box in the legend is crossed out.

    Args:
        image: `(height, width)`, `(height, width, 1)` or `(height, width, 3)`; uint8,
            or float in [0, 1].
        labels: `(height, width)` integers, at least 0 save for `ignore_class`.
        class_names: Names by class; by default `"class 3"` and so on.
        colors: One for each class: matplotlib colours, or an array `(classes, 3)`,
            uint8 or float in [0, 1]. By default `distinct_colors`.
        ignore_class: The label of pixels without a class, which stay as they are.
        alpha: Opacity of the colours, in [0, 1].
        background: A class that is not coloured; `None` to colour all. By default
            class 0, where `class_names` calls it background, where `colors` has black
            for it, or, without `colors`, where `class_names` holds but two names.
        title: Text above the picture.
        axes: Where to draw; by default a new figure.

    Returns:
        The figure.

    Raises:
        ArgumentError: The sizes differ, the labels are no classes, or there is no name
            or colour for one of them.

    Example:

    >>> import numpy as np
    >>> photo, labels = np.full((40, 60), 0.5), np.zeros((40, 60), int)
    >>> labels[:20] = 2
    >>> figure = overlay_labels(photo, labels, class_names=["sky", "sea", "ship"])
    >>> [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    ['sky', 'ship']
    """
    pixels, labels = as_rgb(image), _checked(image, labels)
    if not 0 <= alpha <= 1:
        raise ArgumentError(f"alpha must lie between 0 and 1. Received: {alpha}")
    shown = (
        np.ones(labels.shape, bool) if ignore_class is None else labels != ignore_class
    )
    present = [int(label) for label in np.unique(labels[shown])]
    if present and present[0] < 0:
        raise ArgumentError(f"labels must be at least 0. Received: {present[0]}")
    names = {
        label: class_name(class_names, label)
        if class_names is not None
        else f"class {label}"
        for label in present
    }
    palette = _palette(colors, present)
    if background == "auto":
        background = background_class(class_names, None if colors is None else palette)
    if background is not None:
        shown &= labels != background
    pixels[shown] *= 1 - alpha
    pixels[shown] += alpha * palette[labels[shown]]
    axes = show(pixels, title, axes)
    fills = {label: palette[label] for label in present} | {background: None}
    _add_legend(axes, [(names[label], fills[label]) for label in present])
    return axes.figure


def _checked(image, labels):
    labels = np.asarray(labels)
    if labels.shape != np.shape(image)[:2]:
        raise ArgumentError(
            f"labels must have the image's size, {np.shape(image)[:2]}. "
            f"Received: {labels.shape}"
        )
    if labels.dtype.kind not in "iu":
        raise ArgumentError(f"labels must be integers. Received: {labels.dtype}")
    return labels.astype(np.int64)


def _palette(colors, present):
    needed = max(present, default=-1) + 1
    if colors is None:
        return distinct_colors(needed)
    if len(colors) < needed:
        raise ArgumentError(
            f"colors has no colour for class {needed - 1}. "
            f"Received: {len(colors)} colours"
        )
    if getattr(colors, "dtype", None) == np.uint8:
        return colors[:needed] / 255
    try:
        return np.array([to_rgb(color) for color in colors]).reshape(-1, 3)
    except ValueError as error:
        raise ArgumentError(f"colors holds what is no colour: {error}") from error


def _add_legend(axes, entries):
    if entries:
        legend = axes.legend(
            handles=[_box(*entry) for entry in entries],
            loc="upper left",
            bbox_to_anchor=(1.01, 1),
            borderaxespad=0,
            frameon=False,
            ncols=-(-len(entries) // _LEGEND_ROWS),
        )
        take_literally(legend)


def _box(name, color):
    # An edge, since white on white would be no colour at all; of no colour, a cross.
    hatch = "xx" if color is None else None
    fill = "none" if color is None else color
    return Patch(
        facecolor=fill, edgecolor="0.5", linewidth=0.5, hatch=hatch, label=name
    )
