"""The drawing for tutorial 4, set apart so that the lesson is about layers."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

# Of the four windows, and of the numbers that come from them.
COLORS = ["#9ECAE1", "#FDD0A2", "#A1D99B", "#FCBBA1"]


def draw_ways(big, numbers, detail, ways):
    """Each way as a column: on sixteen numbers above, on a photo below."""
    figure = Figure(figsize=(10, 4.6), layout="constrained")
    above, below = figure.subplots(2, 5)
    _draw_numbers(above[0], big, bold=_is_largest(big))
    above[0].set_title("max pooling keeps\nthe bold numbers", fontsize=10)
    _show(below[0], detail, "a photo", cmap="gray", vmax=1)
    for axes, rows, name in zip(above[1:], numbers, ways, strict=True):
        _draw_numbers(axes, rows, bold=rows > 0)
        axes.set_title(f"1 2 / 3 4 by\n{name}", fontsize=10)
    for axes, (name, image) in zip(below[1:], ways.items(), strict=True):
        title = "stamped with a tent" if name.startswith("transposed") else name
        _show(axes, image, title, cmap="gray", vmax=1)
    return figure


def draw_checkerboard(boards):
    """What stamps of ones leave on an even map, and how often each pixel was hit."""
    figure = Figure(figsize=(7, 3.6), layout="constrained")
    for axes, board, size in zip(figure.subplots(1, 2), boards, (3, 4), strict=True):
        axes.imshow(board, cmap="viridis", vmin=0, vmax=4)
        for (y, x), number in np.ndenumerate(board):
            color = "white" if number < 3 else "black"
            axes.text(x, y, f"{number:g}", ha="center", va="center", color=color)
        axes.set(xticks=[], yticks=[])
        axes.set_title(f"a {size}×{size} kernel of ones, stride 2", fontsize=10)
    return figure


def draw_edges(edges, returned):
    """A map of edges, and what each way brings back of it."""
    figure = Figure(figsize=(10, 6.7), layout="constrained")
    panels = {"edges of the photo": edges}
    panels |= {f"pooled by 4×4, then {name}": rows for name, rows in returned.items()}
    for axes, (title, rows) in zip(
        figure.subplots(2, 2).flat, panels.items(), strict=True
    ):
        _show(axes, rows, title, cmap="magma", vmax=0.5)
    return figure


def _show(axes, rows, title, **look):
    axes.imshow(rows, vmin=0, interpolation="nearest", **look)
    axes.set(xticks=[], yticks=[])
    axes.set_title(title, fontsize=10)


def _is_largest(rows):
    """Which numbers are the largest of their window of 2×2."""
    windows = rows.reshape(2, 2, 2, 2).max(axis=(1, 3))
    return rows == windows.repeat(2, axis=0).repeat(2, axis=1)


def _draw_numbers(axes, rows, bold):
    """A grid of numbers, each block in the colour of its window, zeros on white."""
    length = len(rows)
    for (y, x), number in np.ndenumerate(rows):
        shared = length % 2 == 1 and 2 in (y, x)  # where stamps meet
        block = 2 * (y > length // 2 - 0.5) + (x > length // 2 - 0.5)
        color = "#D9D9D9" if shared else COLORS[block]
        color = color if bold[y, x] else "white"
        square = Rectangle((x, y), 1, 1, facecolor=color, edgecolor="black", lw=0.8)
        axes.add_patch(square)
        weight = "bold" if bold[y, x] else "normal"
        where = {"ha": "center", "va": "center", "weight": weight}
        axes.text(x + 0.5, y + 0.55, f"{number:g}", fontsize=13, **where)
    axes.set(xlim=(-0.05, length + 0.05), ylim=(length + 0.05, -0.05), aspect="equal")
    axes.axis("off")
