from types import SimpleNamespace

import numpy as np
import pytest

from kerasseg.cli.evaluate_panels import legend_of, panels_of
from kerasseg.data import Sample
from kerasseg.visualize.overlay_colors import IGNORED_COLOR

IMAGE = np.full((4, 6, 3), 100, np.uint8)
TRUE = np.tile(np.array([0, 0, 1, 1, 2, 255]), (4, 1))
FOUND = np.tile(np.array([0, 1, 1, 0, 2, 0]), (4, 1))
COLORS = np.array([[200, 200, 0], [0, 200, 0], [0, 0, 200]])


@pytest.mark.parametrize(
    ("first", "color_of_0"), [("background", 100), ("sky", (150, 150, 50))]
)
def test_only_a_background_stays_as_the_photo_is(first, color_of_0):
    names = [first, "sea", "ship"]
    dataset = SimpleNamespace(names=names, colors=COLORS, ignore_class=255)
    image, true, found, wrong = panels_of(Sample(IMAGE, TRUE, "a"), FOUND, dataset)
    assert (image == 100).all()
    assert (true[:, :2] == color_of_0).all()
    assert (true[:, 2:4] == (50, 150, 50)).all()
    assert (found[:, [0, 3]] == color_of_0).all()
    assert (found[:, 4] == (50, 50, 150)).all()
    assert (wrong[:, [1, 3]] == (213, 94, 0)).all()
    assert (wrong[:, [0, 2, 4]] == 50).all()
    for panel in (true, found, wrong):
        assert (panel[:, 5] == IGNORED_COLOR).all()


def test_the_legend_has_what_is_coloured():
    names = ["background", "sea", "ship"]
    dataset = SimpleNamespace(names=names, colors=COLORS, ignore_class=255)
    wrong = ("mistake", (213, 94, 0))
    classes = [("sea", (0, 200, 0)), ("ship", (0, 0, 200))]
    assert legend_of(dataset) == [*classes, ("ignored", IGNORED_COLOR), wrong]
    dataset = SimpleNamespace(names=["a", *names], colors=[[9, 8, 7]] * 4)
    dataset.ignore_class = None
    assert [name for name, _ in legend_of(dataset)] == ["a", *names, "mistake"]


def test_white_objects_are_coloured():
    greys = np.array([[0, 0, 0], [255, 255, 255]])
    dataset = SimpleNamespace(names=["ground", "cell"], colors=greys, ignore_class=255)
    _, true, *_ = panels_of(Sample(IMAGE, TRUE % 2, "a"), FOUND % 2, dataset)
    assert np.ptp(true[0, 2].astype(int)) > 50
    assert legend_of(dataset)[0][1] != (255, 255, 255)
