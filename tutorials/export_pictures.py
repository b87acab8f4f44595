"""The drawing for tutorial 10, set apart so that the lesson is about files."""

import matplotlib
import numpy as np
from matplotlib.figure import Figure


def draw_served(page, masks, names, times):
    """The page, the mask by each engine, and how long each took."""
    figure = Figure(figsize=(10, 3.9), layout="constrained")
    pictures, right = figure.subfigures(1, 2, width_ratios=(3, 1.25))
    colors = matplotlib.colormaps["tab10"](np.arange(len(names)))[:, :3]
    colors[names.index("paper")] = 0.95
    panels = {"the page": np.repeat(page, 3, axis=-1)}
    panels |= {name: colors[mask[0]] for name, mask in masks.items()}
    places = pictures.subplots(2, 3).flat
    for axes, (name, picture) in zip(places, panels.items(), strict=False):
        axes.imshow(picture, interpolation="nearest")
        axes.set_title(name)
    for axes in pictures.axes:
        axes.axis("off")
    _draw_times(right.subplots(), times)
    return figure


def _draw_times(axes, times):
    rows = np.arange(len(times))
    axes.barh(rows, list(times.values()), color="#0072B2")
    axes.set_yticks(rows, list(times))
    axes.invert_yaxis()
    axes.set(title="time for the page", xlabel="milliseconds")
