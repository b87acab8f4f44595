from types import SimpleNamespace

import numpy as np
import pytest

from kerasseg.cli.evaluate_panels import panels_of
from kerasseg.data import Sample

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
        assert (panel[:, 5] == 0).all()  # ignored
