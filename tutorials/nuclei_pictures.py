"""The drawing for tutorial 6, set apart so that the lesson is about tiles."""

import numpy as np
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

BLUE, ORANGE = "#0072B2", "#E69F00"
_DETAIL = 200  # pixels


def draw_weights(image, labels, weights):
    """A crowded corner, its objects, and what each of its pixels is worth."""
    part = _most_crowded(weights)
    figure = Figure(figsize=(10, 3.5), layout="constrained")
    photo, objects, worth = figure.subplots(1, 3)
    _show(photo, image[part], "what the net sees", cmap="gray")
    _show(objects, _shuffled(labels[part]), "what is to be told apart", cmap=_many())
    drawn = _show(worth, weights[part], "what a pixel is worth", cmap="magma")
    figure.colorbar(drawn, ax=worth, shrink=0.8)
    return figure


def draw_tiles(image, scores, taken, given):
    """One tile: what it takes and what it gives, beyond the border of the picture."""
    edge = (taken - given) // 2
    figure = Figure(figsize=(10, 4.2), layout="constrained")
    before, after = figure.subplots(1, 2)
    mirrored = np.pad(image, edge, "reflect")
    _show(before, mirrored, "the picture, mirrored at its border", cmap="gray")
    height, width = image.shape
    frame = Rectangle((edge, edge), width, height, fill=False, ec="white", ls=":")
    before.add_patch(frame)
    for top, left in ((0, 0), (given, 2 * given)):
        _box(before, top, left, taken, BLUE)
        _box(before, top + edge, left + edge, given, ORANGE)
        _box(after, top, left, given, ORANGE)
    _show(after, scores, "scores: orange squares side by side", cmap="gray", vmax=1)
    return figure


def draw_census(image, truth, results, things):
    """The picture, the truth, and what each net has counted."""
    figure = Figure(figsize=(10, 7.6), layout="constrained")
    panels = {f"{truth.max()} {things}, by people": truth}
    for name, numbers in results.items():
        panels[f"{len(np.unique(numbers)) - 1} {things}, {name}"] = numbers
    photo, *others = figure.subplots(2, 2).flat
    _show(photo, image, "the picture", cmap="gray")
    for axes, (title, numbers) in zip(others, panels.items(), strict=True):
        _show(axes, _shuffled(numbers), title, cmap=_many())
    return figure


def _most_crowded(weights):
    """Where the weights of a detail have the greatest sum."""
    height, width = (min(n, _DETAIL) for n in weights.shape)
    total = np.pad(weights.cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    sums = total[height:, width:] - total[:-height, width:]
    sums = sums - total[height:, :-width] + total[:-height, :-width]
    top, left = np.unravel_index(sums.argmax(), sums.shape)
    return np.s_[top : top + height, left : left + width]


def _shuffled(numbers):
    """Neighbours have neighbouring numbers, and should not have like colours."""
    return np.where(numbers > 0, 1 + (numbers * 37) % 61, 0)


def _many():
    colors = np.random.default_rng(3).uniform(0.3, 1, (62, 3))
    colors[0] = 0
    return ListedColormap(colors)


def _box(axes, top, left, size, color):
    square = Rectangle((left, top), size, size, fill=False, ec=color, lw=2)
    axes.add_patch(square)


def _show(axes, rows, title, **look):
    if isinstance(look["cmap"], ListedColormap):
        look = {**look, "vmin": 0, "vmax": 61}
    drawn = axes.imshow(rows, interpolation="nearest", **look)
    axes.set(xticks=[], yticks=[])
    axes.set_title(title, fontsize=10)
    return drawn
