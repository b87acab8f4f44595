import numpy as np
import pytest

from kerasseg.visualize.sheet import beside, draw_sheet

TITLES = "photo", "mask", "prediction"


def picture(height, width, color):
    return np.full((height, width, 3), color, np.uint8)


def is_ink(sheet):
    """Where there is text or the edge of a box: grey, and neither paper nor picture."""
    pixels = np.asarray(sheet).astype(int)
    grey = np.ptp(pixels, axis=-1) == 0
    return grey & (pixels[..., 0] < 250)


def rows_of(count, height, width):
    colors = [(200, 0, 0), (0, 200, 0), (0, 0, 200)]
    return [[picture(height, width, color) for color in colors]] * count


@pytest.mark.parametrize(("width", "factor"), [(20, 8), (160, 1), (300, 1), (159, 2)])
def test_narrow_pictures_are_enlarged_and_none_is_changed(width, factor):
    sheet = np.asarray(draw_sheet(rows_of(2, 10, width), TITLES))
    for color in ((200, 0, 0), (0, 200, 0), (0, 0, 200)):
        there = (sheet == color).all(axis=-1)
        assert there.sum() == 2 * factor**2 * 10 * width
    assert (sheet[:, :8] == 255).all()  # the margin


def test_rows_may_differ_in_size():
    rows = [*rows_of(1, 10, 200), *rows_of(1, 30, 171)]
    sheet = np.asarray(draw_sheet(rows, TITLES, ["wide", "high"]))
    widths = (sheet == (0, 200, 0)).all(axis=-1).sum(axis=1)
    assert widths[widths > 0].tolist() == [200] * 10 + [171] * 30


def test_every_column_and_row_has_its_caption():
    rows = rows_of(2, 30, 160)
    without = draw_sheet(rows, TITLES)
    sheet = draw_sheet(rows, TITLES, ["first", "second"])
    assert sheet.height > without.height
    ink = is_ink(sheet)
    tops = np.flatnonzero((np.asarray(sheet)[:, 10] == (200, 0, 0)).all(axis=-1))
    heads = ink[: tops[0]].sum(axis=0)
    for column in range(3):  # the titles, over the middle of each column
        middle = 8 + column * 164 + 80
        assert heads[middle - 30 : middle + 30].sum() > 20
    between = tops[np.flatnonzero(np.diff(tops) > 1)[0]]
    assert ink[between + 1 : tops[tops > between + 1][0], :60].sum() > 20


def test_the_legend_has_the_colours_and_counts_what_does_not_fit():
    colors = [(i, 255 - i, 7) for i in range(200)]
    legend = [(f"class {i}", color) for i, color in enumerate(colors)]
    rows = rows_of(1, 10, 160)
    few = np.asarray(draw_sheet(rows, TITLES, legend=legend[:9]))
    many = np.asarray(draw_sheet(rows, TITLES, legend=legend))
    for color in colors[:9]:
        assert (few == color).all(axis=-1).sum() > 50
    shown = [(many == color).all(axis=-1).any() for color in colors]
    assert 9 < sum(shown) < 200
    assert shown == sorted(shown, reverse=True)  # the first of them
    assert many.shape[0] < 300


def test_long_names_keep_their_ends_and_the_width():
    rows = rows_of(1, 10, 160)
    names = [["x" * 300 + end] for end in ("1", "2")]
    sheets = [draw_sheet(rows, TITLES, name, [(name[0], (9, 9, 99))]) for name in names]
    assert sheets[0].width == draw_sheet(rows, TITLES).width
    assert (np.asarray(sheets[0]) != np.asarray(sheets[1])).any()


@pytest.mark.parametrize("name", ["two\nlines", "$x_1$", "фото ü", "", "\udcff.png"])
def test_any_name_is_drawn(name):
    rows = rows_of(1, 10, 160)
    plain = draw_sheet(rows, TITLES, ["a"], [("a", (9, 9, 99))])
    sheet = draw_sheet(rows, TITLES, [name], [(name, (9, 9, 99))])
    assert sheet.size == plain.size


def test_pictures_stand_beside_one_another():
    row = beside([picture(2, 3, 10), picture(2, 5, 20)])
    assert row.shape == (2, 3 + 4 + 5, 3)
    assert row[0, :, 0].tolist() == [10] * 3 + [255] * 4 + [20] * 5
