"""Rows of pictures on one sheet, with captions and a legend of the classes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from kerasseg.errors import printable

LegendEntry = tuple[str, tuple[int, int, int]]

_MARGIN, _GAP = 8, 4  # pixels
_NARROWEST = 160  # pixels of a column: its caption needs them
_SMALLEST_TEXT, _COLUMN_OF_TEXT = 12, 30  # pixels, and widths of a letter in a column
_MOST_LINES = 6  # of the legend
_PAPER, _INK, _EDGE = "white", (30, 30, 30), (130, 130, 130)


def draw_sheet(
    rows: Sequence[Sequence[np.ndarray]],
    titles: Sequence[str],
    names: Sequence[str] | None = None,
    legend: Sequence[LegendEntry] = (),
) -> Image.Image:
    """Draws pictures in rows and columns; narrow ones are enlarged, pixel by pixel.

    Drawn by Pillow: a figure would resample the pixels, and take longer every epoch.

    Args:
        rows: For each image its pictures, `(height, width, 3)` uint8, of one size in
            a row.
        titles: Of the columns.
        names: Of the images, or `None`.
        legend: Name and colour of each class; what does not fit is counted.
    """
    widest = max(row[0].shape[1] for row in rows)
    factor = -(-_NARROWEST // widest)
    column = factor * widest
    rows = [[_enlarged(picture, factor, column) for picture in row] for row in rows]
    font = _font(max(_SMALLEST_TEXT, column // _COLUMN_OF_TEXT))
    width = len(titles) * (column + _GAP) - _GAP
    strips = [_titles(titles, column, width, font)]
    for index, row in enumerate(rows):
        if names is not None:
            strips.append(_line(width, font, [(0, _fitted(names[index], width, font))]))
        strips += [beside(row), np.full((_GAP, width, 3), 255, np.uint8)]
    strips += _legend(legend, width, font)
    margins = (_MARGIN, _MARGIN), (_MARGIN, _MARGIN), (0, 0)
    return Image.fromarray(np.pad(np.concatenate(strips), margins, constant_values=255))


def _enlarged(picture, factor, column):
    picture = picture.repeat(factor, axis=0).repeat(factor, axis=1)
    margin = column - picture.shape[1]
    margins = (0, 0), (margin // 2, margin - margin // 2), (0, 0)
    return np.pad(picture, margins, constant_values=255)


def _font(size):
    fonts = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    return ImageFont.truetype(str(fonts / "DejaVuSans.ttf"), size)


def _titles(titles, column, width, font):
    texts = [_fitted(title, column, font) for title in titles]
    lefts = [
        index * (column + _GAP) + (column - font.getlength(text)) / 2
        for index, text in enumerate(texts)
    ]
    return _line(width, font, list(zip(lefts, texts, strict=True)))


def beside(row: Sequence[np.ndarray]) -> np.ndarray:
    """Pictures of one height as one, with white between them."""
    gap = np.full((row[0].shape[0], _GAP, 3), 255, np.uint8)
    parts = [part for picture in row for part in (gap, picture)]
    return np.concatenate(parts[1:], axis=1)


def _legend(entries, width, font):
    """Strips with a box and a name for each class, as many a line as there is room."""
    texts = [_fitted(name, width - 2 * font.size, font) for name, _ in entries]
    steps = [3 * font.size + font.getlength(text) for text in texts]
    lines, left = [], width
    for text, (_, color), step in zip(texts, entries, steps, strict=True):
        if left + step - font.size > width:
            lines.append([])
            left = 0
        lines[-1].append((left, text, color))
        left += step
    shown, more = lines[:_MOST_LINES], sum(map(len, lines[_MOST_LINES:]))
    strips = [_legend_line(width, font, line) for line in shown]
    if more:
        strips.append(_line(width, font, [(0, f"and {more} more")]))
    return strips


def _legend_line(width, font, line):
    texts = [(left + 1.5 * font.size, text) for left, text, _ in line]
    boxes = [(left, color) for left, _, color in line]
    return _line(width, font, texts, boxes)


def _line(width, font, texts, boxes=()):
    """A strip `(height, width, 3)` with texts and boxes, each at its left end."""
    height = round(1.6 * font.size)
    strip = Image.new("RGB", (width, height), _PAPER)
    draw = ImageDraw.Draw(strip)
    for left, text in texts:
        draw.text((left, height / 2), text, _INK, font, anchor="lm")
    for left, color in boxes:
        top = (height - font.size) // 2
        corners = (left, top, left + font.size, top + font.size)
        draw.rectangle(corners, tuple(color), _EDGE)
    return np.asarray(strip)


def _fitted(text, width, font):
    """The text, or its end: what tells names from one another often stands there."""
    text = printable(text)
    if font.getlength(text) <= width:
        return text
    while text and font.getlength("…" + text) > width:
        text = text[1:]
    return "…" + text
