"""Boxes with names on the image in which they were found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np
from matplotlib.patches import Rectangle

from kerasseg.errors import ArgumentError
from kerasseg.visualize.canvas import as_rgb, show, take_literally
from kerasseg.visualize.names import ClassNames, class_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_FOUND, _WRONG, _MISSED = "#0072B2", "#D55E00", "#CC79A7"


class Boxed(Protocol):
    """Whatever has a class `label` and a `box` of `(top, left, bottom, right)`."""

    @property
    def label(self) -> int: ...

    @property
    def box(self) -> tuple[float, float, float, float]: ...


def overlay_detections(
    image: np.ndarray,
    detections: Sequence[Boxed],
    class_names: ClassNames | None = None,
    *,
    right: Sequence[bool] | None = None,
    missed: Sequence[Boxed] = (),
    title: str | None = None,
    axes: Axes | None = None,
) -> Figure:
    """Frames and names what was found in an image.

    Args:
        image: `(height, width)`, `(height, width, 1)` or `(height, width, 3)`; uint8,
            or float in [0, 1].
        detections: What was found: each with a `label`, a `box` of `(top, left, bottom,
            right)` in pixels, half-open, and possibly a `score`.
        class_names: Names by class; by default the numbers.
        right: For each detection, whether it is; wrong ones get a colour of their own.
        missed: What is there but was not found, drawn dashed.
        title: Text above the picture.
        axes: Where to draw; by default a new figure.

    Returns:
        The figure, with a legend where `right` or `missed` tells more than one kind.

    Raises:
        ArgumentError: The image cannot be shown, a box is empty, a class has no
            name, or `right` has another length than `detections`.

    Example:

    >>> import numpy as np
    >>> from kerasseg.inference.peaks import Detection
    >>> found = [Detection(label=3, score=0.9, box=(4, 8, 28, 32))]
    >>> figure = overlay_detections(np.ones((64, 64)), found)
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['3']
    """
    pixels = as_rgb(image)
    right = [True] * len(detections) if right is None else list(right)
    if len(right) != len(detections):
        raise ArgumentError(
            f"right must tell of each of the {len(detections)} detections. "
            f"Received: {len(right)} values"
        )
    for thing in (*detections, *missed):
        _check_box(thing.box)
    axes = show(pixels, title, axes)
    for thing, is_right in zip(detections, right, strict=True):
        color, kind = (_FOUND, "found") if is_right else (_WRONG, "wrong")
        _frame(axes, thing, class_names, color, kind, "-")
    for thing in missed:
        _frame(axes, thing, class_names, _MISSED, "missed", "--")
    _add_legend(axes)
    return axes.figure


def _check_box(box):
    top, left, bottom, right = box
    if not (top < bottom and left < right):
        raise ArgumentError(
            f"A box must be (top, left, bottom, right), not empty. Received: {box}"
        )


def _frame(axes, thing, class_names, color, kind, style):
    top, left, bottom, right = thing.box
    axes.add_patch(
        Rectangle(
            (left, top),
            right - left,
            bottom - top,
            fill=False,
            edgecolor=color,
            linewidth=1.6,
            linestyle=style,
            label=kind,
        )
    )
    name = (
        str(thing.label)
        if class_names is None
        else class_name(class_names, thing.label)
    )
    axes.text(
        left,
        top,
        name,
        color="white",
        weight="bold",
        va="bottom",
        bbox={"facecolor": color, "edgecolor": color, "pad": 1.2},
        clip_on=True,
        parse_math=False,  # a name may hold dollar signs
    )


def _add_legend(axes):
    kinds = {patch.get_label(): patch for patch in axes.patches}
    if len(kinds) > 1 or kinds.keys() - {"found"}:
        legend = axes.legend(
            kinds.values(),
            kinds.keys(),
            loc="upper center",
            bbox_to_anchor=(0.5, 0),
            ncols=len(kinds),
            frameon=False,
        )
        take_literally(legend)
