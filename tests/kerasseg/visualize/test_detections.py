import numpy as np
import pytest
from checks.pictures import colorfulness, legend_texts, render

from kerasseg.errors import ArgumentError
from kerasseg.inference.peaks import Detection
from kerasseg.visualize import overlay_detections

GREY = np.full((40, 60), 0.5, np.float32)


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


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: overlay_detections(GREY, [], right=[True]), "1 values"),
        (
            lambda: overlay_detections(GREY, [Detection(0, 1, (5, 5, 5, 9))]),
            r"\(5, 5, 5, 9\)",
        ),
        (
            lambda: overlay_detections(GREY, [Detection(2, 1, (1, 1, 5, 9))], ["a"]),
            "no name for class 2",
        ),
    ],
)
def test_wrong_arguments_are_refused(draw, message):
    with pytest.raises(ArgumentError, match=message):
        draw()
