"""Reading what a figure shows."""

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg


def render(figure):
    """The picture as an array, and a function from image pixels to its pixels."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    picture = np.asarray(canvas.buffer_rgba())[..., :3] / 255
    axes = figure.axes[0]

    def pixel(y, x):
        column, up = axes.transData.transform((x + 0.5, y + 0.5))
        return picture[picture.shape[0] - 1 - int(up), int(column)]

    return picture, pixel


def colorfulness(color):
    return color.max() - color.min()


def legend_texts(figure):
    legend = figure.axes[0].get_legend()
    return [text.get_text() for text in legend.get_texts()] if legend else []
