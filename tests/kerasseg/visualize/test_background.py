import numpy as np
import pytest

from kerasseg.visualize.background import background_class

GREY_FIRST = np.array([[128, 128, 128], [255, 0, 0], [0, 255, 0]], np.uint8)


@pytest.mark.parametrize(
    ("names", "colors", "found"),
    [
        (["background", "cat", "dog"], GREY_FIRST, 0),
        (["__Background__", "cat", "dog"], None, 0),
        ({0: "bg", 7: "cat"}, None, 0),
        (["cell", "membrane"], None, 0),
        (["road", "sky"], GREY_FIRST[:2], None),  # colours were chosen for both
        (["road", "sky"], GREY_FIRST[:2] * [[0], [1]], 0),
        (["Background", "cell"], GREY_FIRST[:2], 0),
        (["road", "sky"], np.zeros((0, 3)), None),
        (["Sky", "Building", "Pole"], GREY_FIRST, None),
        (["Sky", "Building", "Pole"], GREY_FIRST * [[0], [1], [1]], 0),
        ({0: "road", 9: "car"}, None, None),
        (None, GREY_FIRST, None),
        (None, None, None),
        ([], [], None),
    ],
)
def test_the_ground_is_told_by_its_name_number_or_colour(names, colors, found):
    assert background_class(names, colors) == found
