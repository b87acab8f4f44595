"""The drawing for tutorial 5, set apart so that the lesson is about nets."""

import numpy as np
from matplotlib.figure import Figure

_COLORS = np.array([[240, 240, 240], [213, 94, 0], [0, 158, 115], [0, 114, 178]])
_PAGES = 3


def draw_skips(pages, found, truth):
    """Of each of the first pages a row: the page, what each net says, the truth."""
    panels = {"page": np.clip(pages, 0, 1)}
    panels |= {name: _COLORS[labels] for name, labels in found.items()}
    panels["truth"] = _COLORS[truth]
    figure = Figure(figsize=(9, 5.6), layout="constrained")
    columns = figure.subplots(_PAGES, len(panels)).T
    for column, (name, images) in zip(columns, panels.items(), strict=True):
        column[0].set_title(name)
        for axes, image in zip(column, images[:_PAGES], strict=True):
            axes.imshow(image)
            axes.set(xticks=[], yticks=[])
    return figure


def draw_squares(scores, held):
    """The mean IoU of each net beside that of the truth, held in squares."""
    figure = Figure(figsize=(6, 3.2), layout="constrained")
    axes = figure.subplots()
    places = np.arange(len(scores))
    axes.bar(places - 0.2, [100 * x for x in held.values()], 0.4, color="#BDBDBD")
    axes.bar(places + 0.2, [100 * x for x in scores.values()], 0.4, color="#0072B2")
    axes.legend(["true classes in squares of its stride", "the net"], loc="upper left")
    axes.set_xticks(places, list(scores))
    axes.set(ylabel="mean IoU in %", ylim=(0, 100))
    return figure
