import numpy as np
import pytest
from checks.pictures import render

from kerasseg.errors import ArgumentError
from kerasseg.visualize import side_by_side

GREY = np.full((40, 60), 0.5, np.float32)


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


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: side_by_side([]), "0 images"),
        (lambda: side_by_side([GREY], ["a", "b"]), "2 titles"),
        (lambda: side_by_side([GREY], columns=0), "Received: 0"),
    ],
)
def test_wrong_arguments_are_refused(draw, message):
    with pytest.raises(ArgumentError, match=message):
        draw()
