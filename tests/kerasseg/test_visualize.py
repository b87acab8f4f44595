import subprocess
import sys

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from kerasseg.errors import ArgumentError, FileError
from kerasseg.inference.peaks import Detection
from kerasseg.visualize import (
    distinct_colors,
    overlay_detections,
    overlay_heatmap,
    overlay_labels,
    save_figure,
    side_by_side,
)

GREY = np.full((40, 60), 0.5, np.float32)
HALVES = np.repeat(np.array([[0, 1]]), 40, axis=0).repeat(30, axis=1)


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


def test_hot_is_coloured_warm_a_little_and_cold_shows_the_photo():
    heatmap = np.zeros((40, 60))
    heatmap[:, 20:40] = 0.5
    heatmap[:, 40:] = 1
    figure = overlay_heatmap(GREY, heatmap, "cat")
    _, pixel = render(figure)
    cold, warm, hot = pixel(20, 10), pixel(20, 30), pixel(20, 50)
    assert cold == pytest.approx(0.5, abs=0.01)
    assert colorfulness(hot) > 2 * colorfulness(warm) > 0.2
    assert figure.axes[0].get_title() == "cat"
    assert figure.axes[1].get_ylabel() == "probability"


def test_the_heat_lies_where_the_heatmap_has_it():
    heatmap = np.zeros((40, 60))
    heatmap[3, 50] = 1
    _, pixel = render(overlay_heatmap(GREY, heatmap))
    assert colorfulness(pixel(3, 50)) > 0.3
    for y, x in [(2, 50), (4, 50), (3, 49), (3, 51)]:
        assert colorfulness(pixel(y, x)) < 0.05


def test_nan_means_no_score_and_shows_the_photo():
    heatmap = np.ones((40, 60), np.float16)
    heatmap[:, :30] = np.nan
    _, pixel = render(overlay_heatmap(GREY, heatmap))
    assert pixel(20, 10) == pytest.approx(0.5, abs=0.01)
    assert colorfulness(pixel(20, 45)) > 0.3


@pytest.mark.parametrize("value", [-3, 0, 7, np.nan])
def test_a_constant_heatmap_without_heat_leaves_the_photo(value):
    _, pixel = render(overlay_heatmap(GREY, np.full((40, 60), value)))
    assert pixel(20, 30) == pytest.approx(0.5, abs=0.01)


def test_scores_that_are_no_probabilities_set_the_scale():
    figure = overlay_heatmap(GREY, HALVES * 16.0 - 4)
    assert figure.axes[1].get_ylim() == (-4, 12)
    figure = overlay_heatmap(GREY, HALVES * 16.0 - 4, limits=(0, 20))
    assert figure.axes[1].get_ylim() == (0, 20)


@pytest.mark.parametrize("shape", [(1, 1), (1, 1, 1), (1, 1, 3), (1, 40), (40, 1, 3)])
@pytest.mark.parametrize("dtype", [np.uint8, np.float16, np.float64])
def test_images_of_every_form_and_of_one_pixel(shape, dtype):
    image = np.ones(shape, dtype)
    figure = overlay_heatmap(image, np.zeros(shape[:2]))
    _, pixel = render(figure)
    expected = 1 / 255 if dtype == np.uint8 else 1
    assert pixel(0, 0) == pytest.approx(expected, abs=0.005)


def test_colours_of_the_photo_stay():
    image = np.zeros((4, 6, 3), np.uint8)
    image[:, :3] = (255, 128, 0)
    _, pixel = render(overlay_heatmap(image, np.zeros((4, 6))))
    assert pixel(2, 1) == pytest.approx((1, 0.5, 0), abs=0.01)
    assert pixel(2, 4) == pytest.approx(0, abs=0.01)


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
    _, pixel = render(overlay_labels(GREY, HALVES, colors=colors))
    assert pixel(20, 10) == pytest.approx(0.25, abs=0.01)
    assert pixel(20, 50) == pytest.approx((0.75, 0.25, 0.25), abs=0.01)


def test_names_may_come_as_a_mapping():
    figure = overlay_labels(GREY, HALVES * 9, {0: "road", 9: "car"})
    assert legend_texts(figure) == ["road", "car"]


def test_colours_are_distinct():
    few, many = distinct_colors(7), distinct_colors(60)
    np.testing.assert_array_equal(many[:7], few)
    distance = np.linalg.norm(many[:, None] - many[None], axis=-1)
    assert distance[~np.eye(60, dtype=bool)].min() > 0.02


def test_boxes_are_drawn_at_their_edges_with_names_and_legend():
    found = [Detection(0, 0.9, (10, 10, 30, 20)), Detection(1, 0.8, (10, 35, 30, 45))]
    figure = overlay_detections(
        GREY,
        found,
        ["cat", "dog"],
        right=[True, False],
        missed=[Detection(0, 0, (32, 50, 38, 58))],
    )
    _, pixel = render(figure)
    assert colorfulness(pixel(20, 9.5)) > 0.3
    assert colorfulness(pixel(20, 34.5)) > 0.3
    assert colorfulness(pixel(20, 15)) < 0.02
    assert np.abs(pixel(20, 9.5) - pixel(20, 34.5)).max() > 0.3
    assert [text.get_text() for text in figure.axes[0].texts] == ["cat", "dog", "cat"]
    assert legend_texts(figure) == ["found", "wrong", "missed"]


def test_detections_that_are_all_alike_need_no_legend():
    figure = overlay_detections(GREY, [Detection(3, 0.9, (1, 1, 9, 9))])
    assert legend_texts(figure) == []
    assert figure.axes[0].texts[0].get_text() == "3"
    assert len(overlay_detections(GREY, []).axes[0].patches) == 0


def test_panels_stand_in_rows_under_their_titles():
    images = [np.full((8, 8), level) for level in (0.0, 0.5, 1.0)]
    figure = side_by_side(images, ["a", "b", "c"], columns=2)
    render(figure)
    assert [axes.get_title() for axes in figure.axes] == ["a", "b", "c"]
    tops = [axes.get_position().y1 for axes in figure.axes]
    assert tops[0] == pytest.approx(tops[1])
    assert tops[2] < tops[0]
    shown = [axes.images[0].get_array()[0, 0, 0] for axes in figure.axes]
    assert shown == [0, 0.5, 1]


def test_drawing_into_given_axes_makes_no_other_figure():
    figure = Figure()
    left, right = figure.subplots(1, 2)
    assert overlay_heatmap(GREY, HALVES, axes=left) is figure
    assert overlay_labels(GREY, HALVES, title="classes", axes=right) is figure
    assert right.get_title() == "classes"


def test_input_is_left_as_it_was():
    image, labels, heatmap = GREY.copy(), HALVES.copy(), HALVES.astype(float)
    overlay_labels(image, labels)
    overlay_heatmap(image, heatmap)
    np.testing.assert_array_equal(image, GREY)
    np.testing.assert_array_equal(labels, HALVES)


def test_pyplot_is_never_used():
    code = "import sys, kerasseg.visualize; print('matplotlib.pyplot' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "False\n", done.stderr


def test_saved_picture_is_a_png_that_can_be_read_back(tmp_path):
    path = tmp_path / "heat.png"
    save_figure(overlay_heatmap(GREY, HALVES), path)
    with Image.open(path) as picture:
        assert picture.format == "PNG"
        assert min(picture.size) > 500
    assert [file.name for file in tmp_path.iterdir()] == ["heat.png"]


def test_saving_refuses_other_endings_and_existing_files(tmp_path):
    figure = side_by_side([GREY])
    with pytest.raises(FileError, match=r"heat\.jpg.*\.png"):
        save_figure(figure, tmp_path / "heat.jpg")
    path = tmp_path / "heat.png"
    path.write_bytes(b"old")
    with pytest.raises(FileError, match="exists already"):
        save_figure(figure, path, overwrite=False)
    assert path.read_bytes() == b"old"


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((4, 4, 2)),
        np.zeros(4),
        np.zeros((0, 4)),
        np.zeros((4, 4), int),
        np.full((4, 4), 1.5),
        np.full((4, 4), -0.5),
        np.full((4, 4), np.nan),
    ],
)
def test_images_that_cannot_be_shown_are_refused(image):
    with pytest.raises(ArgumentError, match="Received: "):
        side_by_side([image])


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: overlay_heatmap(GREY, np.zeros((40, 61))), r"Received: \(40, 61\)"),
        (lambda: overlay_heatmap(GREY, np.zeros((40, 60, 1))), r"\(40, 60, 1\)"),
        (lambda: overlay_heatmap(GREY, np.full((40, 60), np.inf)), "infinite"),
        (lambda: overlay_heatmap(GREY, HALVES, alpha=2), "Received: 2"),
        (lambda: overlay_heatmap(GREY, HALVES, limits=(1, 0)), r"\(1, 0\)"),
        (lambda: overlay_heatmap(GREY, HALVES, colormap="mud"), "mud"),
        (lambda: overlay_labels(GREY, HALVES.T), r"Received: \(60, 40\)"),
        (lambda: overlay_labels(GREY, HALVES * 1.0), "float64"),
        (lambda: overlay_labels(GREY, HALVES - 1), "Received: -1"),
        (lambda: overlay_labels(GREY, HALVES, ["one"]), "no name for class 1"),
        (lambda: overlay_labels(GREY, HALVES, {0: "one"}), "no name for class 1"),
        (lambda: overlay_labels(GREY, HALVES, colors=["red"]), "no colour for class 1"),
        (lambda: overlay_labels(GREY, HALVES, colors=["red", "mud"]), "mud"),
        (lambda: overlay_labels(GREY, HALVES, alpha=-1), "Received: -1"),
        (lambda: overlay_detections(GREY, [], right=[True]), "1 values"),
        (
            lambda: overlay_detections(GREY, [Detection(0, 1, (5, 5, 5, 9))]),
            r"\(5, 5, 5, 9\)",
        ),
        (
            lambda: overlay_detections(GREY, [Detection(2, 1, (1, 1, 5, 9))], ["a"]),
            "no name for class 2",
        ),
        (lambda: side_by_side([]), "0 images"),
        (lambda: side_by_side([GREY], ["a", "b"]), "2 titles"),
        (lambda: side_by_side([GREY], columns=0), "Received: 0"),
    ],
)
def test_wrong_arguments_are_refused(draw, message):
    with pytest.raises(ArgumentError, match=message):
        draw()
