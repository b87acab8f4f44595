"""The drawing for tutorial 2, set apart so that the lesson is about nets."""

import numpy as np
from heatmap_pictures import BLUE, GREEN, glow
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from kerasseg.data.digits import BACKGROUND
from kerasseg.inference import project_heatmap

_CLOSE = 168  # pixels of the page in a close-up


def draw_three(page, results, placed):
    """A part of the page at each stride, and one digit of it from near."""
    figure = Figure(figsize=(8, 6.2), layout="constrained")
    rows = figure.subplots(2, 3, height_ratios=(1, 1))
    side = min(page.shape[:2])
    close_up = _close_up(placed, side)
    for column, result in enumerate(results):
        heat = 1 - result.scores[..., BACKGROUND]
        lit = project_heatmap(
            heat, result.field, page.shape[:2], method="nearest", border="nan"
        )
        upper, lower = rows[:, column]
        for axes in (upper, lower):
            axes.imshow(glow(page, lit), interpolation="nearest")
            _mark(axes, result, placed)
            axes.set(xticks=[], yticks=[])
        upper.set(xlim=(0, side), ylim=(side, 0))
        upper.set_title(_title(result), fontsize=11)
        upper.set_xlabel(f"{len(result.right)} of {len(placed)} digits found")
        top, left, bottom, right = close_up
        lower.set(xlim=(left, right), ylim=(bottom, top))
        corner, size = (left, top), (right - left, bottom - top)
        upper.add_patch(Rectangle(corner, *size, fill=False, ec=BLUE, lw=1.5))
        lower.spines[:].set(color=BLUE, linewidth=2)
        lower.set_xlabel("every cell one square", color=BLUE)
    figure.supxlabel(
        "red: how sure the net is of a digit in the middle of its window     "
        "+: digits found and named right",
        fontsize=9,
    )
    return figure


def draw_times(results):
    """The time of a map and of a cell, by stride."""
    figure = Figure(figsize=(6, 2.8), layout="constrained")
    whole, single = figure.subplots(1, 2)
    names = [str(result.stride) for result in results]
    cells = [result.scores[..., 0].size for result in results]
    took = [result.seconds for result in results]
    whole.bar(names, [1e3 * t for t in took], color=GREEN)
    whole.set(title="the whole map", ylabel="ms", xlabel="stride", yscale="log")
    each = [1e6 * t / n for t, n in zip(took, cells, strict=True)]
    single.bar(names, each, color=GREEN)
    single.set(title="one cell", ylabel="µs", xlabel="stride", yscale="log")
    return figure


def _title(result):
    height, width = result.scores.shape[:2]
    took = f"{1e3 * result.seconds:.0f} ms"
    return f"stride {result.stride}\n{height}×{width} cells, {took}"


def _close_up(placed, side):
    """A square about the digit that stands nearest to the middle of the part shown."""
    middles = np.array([np.add(d.box[:2], d.box[2:]) / 2 for d in placed])
    y, x = min(middles, key=lambda middle: np.hypot(*(middle - side / 2)))
    top, left = int(y - _CLOSE / 2), int(x - _CLOSE / 2)
    return top, left, top + _CLOSE, left + _CLOSE


def _mark(axes, result, placed):
    for index in result.right:
        top, left, bottom, right = result.found[index].box
        middle = (left + right) / 2, (top + bottom) / 2
        axes.plot(*middle, "+", color=BLUE, ms=10, mew=2.2, clip_on=True)
