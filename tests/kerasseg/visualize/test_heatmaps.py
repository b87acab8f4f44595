import numpy as np
import pytest
from checks.pictures import colorfulness, render

from kerasseg.errors import ArgumentError
from kerasseg.visualize import overlay_heatmap

GREY = np.full((40, 60), 0.5, np.float32)
HALVES = np.repeat(np.array([[0, 1]]), 40, axis=0).repeat(30, axis=1)


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


def test_colours_of_the_photo_stay():
    image = np.zeros((4, 6, 3), np.uint8)
    image[:, :3] = (255, 128, 0)
    _, pixel = render(overlay_heatmap(image, np.zeros((4, 6))))
    assert pixel(2, 1) == pytest.approx((1, 0.5, 0), abs=0.01)
    assert pixel(2, 4) == pytest.approx(0, abs=0.01)


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: overlay_heatmap(GREY, np.zeros((40, 61))), r"Received: \(40, 61\)"),
        (lambda: overlay_heatmap(GREY, np.zeros((40, 60, 1))), r"\(40, 60, 1\)"),
        (lambda: overlay_heatmap(GREY, np.full((40, 60), np.inf)), "infinite"),
        (lambda: overlay_heatmap(GREY, HALVES, alpha=2), "Received: 2"),
        (lambda: overlay_heatmap(GREY, HALVES, limits=(1, 0)), r"\(1, 0\)"),
        (lambda: overlay_heatmap(GREY, HALVES, colormap="mud"), "mud"),
    ],
)
def test_wrong_arguments_are_refused(draw, message):
    with pytest.raises(ArgumentError, match=message):
        draw()
