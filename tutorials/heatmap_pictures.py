"""The drawing for tutorial 1, set apart so that the lesson is about nets."""

from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import ConnectionPatch, Rectangle
from PIL import Image

from kerasseg.data.digits import DIGIT_NAMES, DIGIT_SIZE
from kerasseg.visualize import overlay_detections, save_figure

BLUE, GREEN = "#0072B2", "#009E73"


def glow(page, heat):
    """The page, red where the heat is high, and as it is where there is none."""
    heat = np.nan_to_num(heat)
    red = matplotlib.colormaps["autumn_r"](heat)[..., :3]
    opacity = 0.7 * heat[..., None]
    return np.clip(page * (1 - opacity) + red * opacity, 0, 1)


def draw_ten(page, maps):
    """The page ten times, each lit by the heatmap of one digit."""
    figure = Figure(figsize=(10, 3.1), layout="constrained")
    for label, axes in enumerate(figure.subplots(2, 5).flat):
        axes.imshow(glow(page, maps[..., label]))
        axes.set(xticks=[], yticks=[], title=f"“{label}”")
    return figure


def draw_receptive_field(page, field, scores, cell, aligned, resized, placed):
    """What two cells see, and what becomes of a heatmap that is merely resized."""
    figure = Figure(figsize=(8, 2.95), layout="constrained")
    sight, good, bad = figure.subplots(1, 3)
    _show_corner(sight, np.repeat(page, 3, axis=-1))
    _show_corner(good, glow(page, aligned))
    _show_corner(bad, glow(page, resized))
    for place, color in (((0, 0), BLUE), (cell, GREEN)):
        _mark_cell(sight, field, place, DIGIT_NAMES[scores[place].argmax()], color)
    for digit in placed:
        y, x = digit.top + DIGIT_SIZE / 2, digit.left + DIGIT_SIZE / 2
        for axes in (good, bad):
            axes.plot(x, y, "+", color=BLUE, ms=11, mew=2)
        # The cell that looks at (y, x), and where resizing the map draws that cell.
        at = (np.array([y, x]) - field.center(0, 0)) / field.stride
        drawn = (at + 0.5) * page.shape[:2] / scores.shape[:2]
        arrow = {"arrowstyle": "->", "lw": 1.8, "shrinkA": 0, "shrinkB": 0}
        bad.annotate("", drawn[::-1], (x, y), arrowprops=arrow)
    sight.set(title="what a cell sees", xlabel="a box of 32×32 pixels, and its centre")
    good.set(title="project_heatmap  ✓", xlabel="the heat lies on the digits (+)")
    bad.set(title="map just resized  ✗", xlabel="the heat drifts off, outwards")
    return figure


def draw_idea(page, field, scores, cell, aligned, found, right):
    """A window with its one answer, and the page with an answer at every place."""
    top, left, bottom, right_edge = field.box(*cell)
    figure = Figure(figsize=(8, 3.75), layout="constrained")
    small, large = figure.subplots(1, 2, width_ratios=(1, 3))
    extent = (left, right_edge, bottom, top)
    window = page[top:bottom, left:right_edge]
    small.imshow(window, cmap="gray", vmin=0, vmax=1, extent=extent)
    small.set(xticks=[], yticks=[])
    small.set_title("a classifier:\none window, one answer", fontsize=11)
    answer = f"“{DIGIT_NAMES[scores[cell].argmax()]}”  {scores[cell].max():.0%}"
    small.set_xlabel(answer, fontsize=16, color=GREEN, weight="bold")
    small.spines[:].set(color=GREEN, linewidth=3)
    overlay_detections(glow(page, aligned), found, DIGIT_NAMES, right=right, axes=large)
    count = f"{scores.shape[0] * scores.shape[1]:,}"
    title = f"kerasseg.convert_to_fcn(classifier):\na page, {count} answers in one pass"
    large.set_title(title, fontsize=11)
    caption = "red: how sure the net is of a digit     frames: the digits found"
    middle = page.shape[1] / 2
    large.text(middle, page.shape[0] + 5, caption, ha="center", va="top", fontsize=9)
    _frame(large, field.box(*cell), GREEN)
    for y in (top, bottom):  # the window on the left is this part of the page
        ends = {"coordsA": small.transData, "coordsB": large.transData}
        line = ConnectionPatch((right_edge, y), (left, y), **ends, color=GREEN, ls=":")
        figure.add_artist(line)
    return figure


def save_small(figure, path: Path):
    """Saves a picture with 256 colours: a third of the bytes, and looks the same."""
    save_figure(figure, path)
    picture = Image.open(path).convert("RGB")
    # Left to itself the palette goes to the many greys, or tints them. White is one.
    greys = np.append(np.arange(0, 252, 4), 255)[:, None].repeat(3, axis=1)
    colors = picture.quantize(192, Image.Quantize.MAXCOVERAGE).getpalette()
    colors = np.reshape(colors, (-1, 3))
    colors = colors[np.ptp(colors, axis=1) > 16][:192]
    palette = Image.new("P", (1, 1))
    palette.putpalette(np.concatenate([greys, colors]).ravel().tolist())
    picture.quantize(palette=palette, dither=0).save(path, optimize=True)


def _show_corner(axes, picture):
    height, width = picture.shape[:2]
    axes.imshow(picture, extent=(0, width, height, 0))
    axes.set(xlim=(0, 176), ylim=(150, 0), xticks=[], yticks=[])


def _mark_cell(axes, field, cell, answer, color):
    y, x = field.center(*cell)
    _frame(axes, field.box(*cell), color)
    axes.plot(x, y, "o", color=color, ms=5)
    text = f"cell {cell}:\n{answer}"
    axes.text(x + 19, y, text, color=color, fontsize=9, weight="bold", va="center")


def _frame(axes, box, color):
    (y, x), (height, width) = box[:2], (box[2] - box[0], box[3] - box[1])
    axes.add_patch(Rectangle((x, y), width, height, fill=False, ec=color, lw=2.5))
