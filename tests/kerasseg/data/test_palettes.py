import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kerasseg.data.palettes import check_colors, ids_of_colors, voc_colormap
from kerasseg.errors import ArgumentError


def test_voc_colours_are_those_published():
    published = {
        0: (0, 0, 0),  # background
        1: (128, 0, 0),  # aeroplane
        2: (0, 128, 0),  # bicycle
        7: (128, 128, 128),  # car
        8: (64, 0, 0),  # cat
        15: (192, 128, 128),  # person
        20: (0, 64, 128),  # tvmonitor
        255: (224, 224, 192),  # void
    }
    colors = voc_colormap()
    assert {i: tuple(colors[i].tolist()) for i in published} == published
    assert len(np.unique(colors, axis=0)) == 256


@given(st.integers(0, 2**32), st.integers(1, 40))
def test_ids_are_those_of_a_search_color_by_color(seed, count):
    rng = np.random.default_rng(seed)
    palette = rng.integers(0, 3, (count, 3)).astype(np.uint8) * 100
    pixels = rng.integers(0, 3, (5, 6, 3)).astype(np.uint8) * 100
    expected = np.full((5, 6), -1)
    for i in reversed(range(count)):
        expected[(pixels == palette[i]).all(-1)] = i
    np.testing.assert_array_equal(ids_of_colors(pixels, palette), expected)
    mapping = {tuple(color): i for i, color in reversed(list(enumerate(palette)))}
    np.testing.assert_array_equal(ids_of_colors(pixels, mapping), expected)


def test_wrong_arguments():
    for count in (0, 257):
        with pytest.raises(ArgumentError, match=f"Received: {count}"):
            voc_colormap(count)
    for palette in (np.zeros((0, 3)), np.zeros((4, 4)), {}):
        with pytest.raises(ArgumentError, match="palette"):
            ids_of_colors(np.zeros((1, 1, 3), np.uint8), palette)
    for colors in ([[0, 0, 0]], [[0, 0, 0], [0, 0, 256]], [[0.5, 0, 0], [0, 0, 0]]):
        with pytest.raises(ArgumentError, match="2 rows of three integers"):
            check_colors(colors, 2)
