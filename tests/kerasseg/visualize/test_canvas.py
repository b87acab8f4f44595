import numpy as np
import pytest
from checks.pictures import render
from matplotlib.figure import Figure

from kerasseg.errors import ArgumentError
from kerasseg.visualize import overlay_heatmap, overlay_labels, side_by_side

GREY = np.full((40, 60), 0.5, np.float32)
HALVES = np.repeat(np.array([[0, 1]]), 40, axis=0).repeat(30, axis=1)


@pytest.mark.parametrize("shape", [(1, 1), (1, 1, 1), (1, 1, 3), (1, 40), (40, 1, 3)])
@pytest.mark.parametrize("dtype", [np.uint8, np.float16, np.float64])
def test_images_of_every_form_and_of_one_pixel(shape, dtype):
    image = np.ones(shape, dtype)
    figure = overlay_heatmap(image, np.zeros(shape[:2]))
    _, pixel = render(figure)
    expected = 1 / 255 if dtype == np.uint8 else 1
    assert pixel(0, 0) == pytest.approx(expected, abs=0.005)


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
