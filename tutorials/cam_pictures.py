"""The drawing for tutorial 3, set apart so that the lesson is about nets."""

import keras
import numpy as np
from heatmap_pictures import GREEN, glow
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

_CLASS = 4
_TITLES = {
    "fc": "Flatten → Dense,\nas a convolution",
    "gap": "GAP → Dense,\nover windows",
    "cam": "GAP → Dense, taken apart:\nclass activation maps",
}


def draw_three_maps(page, maps, fields, shares, background):
    """The heat of any digit, and of one class, by each of three nets."""
    figure = Figure(figsize=(8, 4.3), layout="constrained")
    rows = figure.subplots(2, 3)
    for column, (kind, scores) in enumerate(maps.items()):
        any_digit, one_class = rows[:, column]
        any_digit.imshow(glow(page, 1 - scores[..., background]))
        any_digit.set_title(_TITLES[kind], fontsize=11)
        any_digit.set_xlabel(f"{shares[kind]:.0%} of the heat lies on the digits")
        one_class.imshow(glow(page, scores[..., _CLASS]))
        height, width = fields[kind].size
        one_class.set_xlabel(f"each cell sees {height}×{width} pixels")
        _frame(one_class, fields[kind].box(0, 0))
        for axes in (any_digit, one_class):
            axes.set(xticks=[], yticks=[])
    rows[0, 0].set_ylabel("any digit")
    rows[1, 0].set_ylabel(f"“{_CLASS}”")
    return figure


def draw_anatomy(net, page, found):
    """First filters, the maps that they make, and what excites a few units most."""
    figure = Figure(figsize=(8, 5.4), layout="constrained")
    upper, lower = figure.subfigures(2, 1, height_ratios=(1, 1.4))
    layer = net.get_layer("block1_conv1")
    kernel = layer.get_weights()[0][:, :, 0]  # (5, 5, 6)
    maps = keras.ops.convert_to_numpy(layer(page[None]))[0]  # (H, W, 6)
    upper.suptitle("filters of the first convolution, and the maps they make")
    for unit, (top, bottom) in enumerate(upper.subplots(2, kernel.shape[-1]).T):
        largest = np.abs(kernel[..., unit]).max()
        top.imshow(kernel[..., unit], cmap="gray", vmin=-largest, vmax=largest)
        bottom.imshow(maps[:150, :176, unit], cmap="viridis")
        for axes in (top, bottom):
            axes.set(xticks=[], yticks=[])
    lower.suptitle(
        "the places of unseen pages that excite some units of the last layers most"
    )
    rows = lower.subplots(len(found), max(map(len, found.values())))
    for row, (name, hits) in zip(rows, found.items(), strict=True):
        row[0].set_ylabel(name, rotation=0, ha="right", va="center")
        for axes, hit in zip(row, hits, strict=False):
            top, left, below, right = hit.margin
            pads = (top, below), (left, right), (0, 0)
            crop = np.pad(hit.crop, pads, constant_values=0.5)
            axes.imshow(crop, cmap="gray", vmin=0, vmax=1)
        for axes in row:
            axes.set(xticks=[], yticks=[])
    return figure


def _frame(axes, box):
    top, left, bottom, right = box
    axes.add_patch(
        Rectangle((left, top), right - left, bottom - top, fill=False, ec=GREEN, lw=2)
    )
