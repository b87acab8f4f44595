import numpy as np
import pytest
from checks.pictures import colorfulness, legend_texts, render

from kerasseg.errors import ArgumentError
from kerasseg.visualize import distinct_colors, overlay_labels

GREY = np.full((40, 60), 0.5, np.float32)
HALVES = np.repeat(np.array([[0, 1]]), 40, axis=0).repeat(30, axis=1)


def test_labels_are_coloured_and_the_legend_names_those_present():
    labels = HALVES * 2
    figure = overlay_labels(GREY, labels, ["sky", "sea", "ship"], alpha=1)
    _, pixel = render(figure)
    colors = distinct_colors(3)
    assert pixel(20, 10) == pytest.approx(colors[0], abs=0.01)
    assert pixel(20, 50) == pytest.approx(colors[2], abs=0.01)
    assert legend_texts(figure) == ["sky", "ship"]


@pytest.mark.parametrize("ignored", [255, 7, -1])
def test_the_ignored_label_leaves_the_photo_and_the_legend(ignored):
    labels = np.where(HALVES, ignored, 1)
    figure = overlay_labels(GREY, labels, ignore_class=ignored)
    _, pixel = render(figure)
    assert pixel(20, 50) == pytest.approx(0.5, abs=0.01)
    assert colorfulness(pixel(20, 10)) > 0.1
    assert legend_texts(figure) == ["class 1"]


@pytest.mark.parametrize(
    ("names", "options", "stays"),
    [
        (["background", "sea", "ship"], {}, True),
        (["sea", "ship"], {}, True),
        (["sky", "sea", "ship"], {}, False),
        (["sky", "sea", "ship"], {"background": 0}, True),
        (["background", "sea", "ship"], {"background": None}, False),
        (None, {}, False),
        (["road", "sky"], {"colors": ["red", "blue"]}, False),
        (["background", "sky"], {"colors": ["red", "blue"]}, True),
        (["road", "sky", "sea"], {"colors": ["black", "red", "blue"]}, True),
        (["road", "sky"], {"colors": np.uint8([[0, 0, 1], [255, 0, 0]])}, False),
    ],
)
def test_the_background_stays_as_the_photo_is(names, options, stays):
    figure = overlay_labels(GREY, HALVES, names, **options)
    _, pixel = render(figure)
    assert (pixel(20, 10) == pytest.approx(0.5, abs=0.01)) == stays
    assert colorfulness(pixel(20, 50)) > 0.1
    assert legend_texts(figure) == (names or ["class 0", "class 1"])[:2]
    ground, other = figure.axes[0].get_legend().legend_handles
    assert (ground.get_facecolor()[3] == 0) == stays  # a box crossed out
    assert (ground.get_hatch(), other.get_hatch()) == ("xx" if stays else None, None)
    assert other.get_facecolor()[3] == 1


def test_another_class_may_be_the_background():
    _, pixel = render(overlay_labels(GREY, HALVES, background=1))
    assert colorfulness(pixel(20, 10)) > 0.1
    assert pixel(20, 50) == pytest.approx(0.5, abs=0.01)


def test_nothing_but_ignored_pixels_gives_the_photo_without_a_legend():
    labels = np.full((40, 60), 255, np.uint8)
    figure = overlay_labels(GREY, labels, ignore_class=255)
    assert legend_texts(figure) == []


@pytest.mark.parametrize(
    "colors",
    [
        ["black", "red"],
        ["#000000", (1, 0, 0)],
        np.array([[0, 0, 0], [255, 0, 0]], np.uint8),
        np.array([[0, 0, 0], [1.0, 0, 0]]),
    ],
)
def test_own_colours_in_every_form(colors):
    _, pixel = render(overlay_labels(GREY, HALVES, colors=colors, background=None))
    assert pixel(20, 10) == pytest.approx(0.25, abs=0.01)
    assert pixel(20, 50) == pytest.approx((0.75, 0.25, 0.25), abs=0.01)


def test_names_may_come_as_a_mapping():
    figure = overlay_labels(GREY, HALVES * 9, {0: "road", 9: "car"})
    assert legend_texts(figure) == ["road", "car"]


def test_a_white_class_stands_out_in_the_legend():
    figure = overlay_labels(GREY, HALVES, colors=["black", "white"])
    white = figure.axes[0].get_legend().legend_handles[1]
    assert white.get_facecolor()[:3] == (1, 1, 1)
    assert white.get_edgecolor()[:3] == (0.5, 0.5, 0.5)
    assert white.get_linewidth() > 0


def test_colours_are_distinct():
    few, many = distinct_colors(7), distinct_colors(60)
    np.testing.assert_array_equal(many[:7], few)
    distance = np.linalg.norm(many[:, None] - many[None], axis=-1)
    assert distance[~np.eye(60, dtype=bool)].min() > 0.02


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: overlay_labels(GREY, HALVES.T), r"Received: \(60, 40\)"),
        (lambda: overlay_labels(GREY, HALVES * 1.0), "float64"),
        (lambda: overlay_labels(GREY, HALVES - 1), "Received: -1"),
        (lambda: overlay_labels(GREY, HALVES, ["one"]), "no name for class 1"),
        (lambda: overlay_labels(GREY, HALVES, {0: "one"}), "no name for class 1"),
        (lambda: overlay_labels(GREY, HALVES, colors=["red"]), "no colour for class 1"),
        (lambda: overlay_labels(GREY, HALVES, colors=["red", "mud"]), "mud"),
        (lambda: overlay_labels(GREY, HALVES, alpha=-1), "Received: -1"),
    ],
)
def test_wrong_arguments_are_refused(draw, message):
    with pytest.raises(ArgumentError, match=message):
        draw()
