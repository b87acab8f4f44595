"""How losses and measures changed from epoch to epoch."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from kerasseg.errors import ArgumentError
from kerasseg.visualize.canvas import take_literally

_PANEL = 4.0, 3.0  # inches
_COLUMNS = 3
_VALIDATION = "val_"


def learning_curves(
    history: Mapping[str, Sequence[float | None]], title: str | None = None
) -> Figure:
    """Draws each quantity over the epochs, training and validation in one panel.

    Args:
        history: Values by name, one an epoch, as in the `history.history` of Keras's
            `fit`; `None` for an epoch that lacks one. `val_loss` goes into the panel of
            `loss`.
        title: Text above the picture.

    Returns:
        The figure.

    Raises:
        ArgumentError: There is nothing to draw.

    Example:

    >>> figure = learning_curves({"loss": [3, 2, 1.5], "val_loss": [3, 2.5, 2.4]})
    >>> [axes.get_title() for axes in figure.axes]
    ['loss']
    """
    names = list(dict.fromkeys(name.removeprefix(_VALIDATION) for name in history))
    if not names or not any(len(values) for values in history.values()):
        raise ArgumentError(
            f"There must be at least one epoch of one quantity. Received: {history}"
        )
    rows, columns = math.ceil(len(names) / _COLUMNS), min(len(names), _COLUMNS)
    figure = Figure(
        figsize=(columns * _PANEL[0], rows * _PANEL[1]), layout="constrained"
    )
    if title:
        figure.suptitle(title, parse_math=False)
    for index, name in enumerate(names, start=1):
        _draw(figure.add_subplot(rows, columns, index), name, history)
    return figure


def _draw(axes, name, history):
    lines = {"training": name, "validation": _VALIDATION + name}
    epochs = max(len(history.get(key, ())) for key in lines.values())
    for label, key in lines.items():
        values = history.get(key, ())
        # What was measured later than the rest ends with it.
        first = epochs - len(values) + 1
        points = [(x, y) for x, y in enumerate(values, first) if y is not None]
        if points:
            marker = "o" if len(points) == 1 else None
            axes.plot(*zip(*points, strict=True), label=label, marker=marker)
    axes.set_title(name, parse_math=False)
    axes.set_xlabel("epoch")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(alpha=0.3)
    take_literally(axes.legend(frameon=False))
