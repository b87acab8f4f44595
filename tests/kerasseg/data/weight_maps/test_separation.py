import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from kerasseg.data import (
    instances_to_classes,
    separate_touching,
    separation_border,
)
from kerasseg.errors import ArgumentError

LABELS = arrays(
    np.int16,
    array_shapes(min_dims=2, max_dims=2, max_side=9),
    elements=st.integers(0, 3),
)


def window_by_window(labels, width):
    """The squares of `width + 1` pixels, one after another."""
    before = (width + 1) // 2
    marked = np.zeros(labels.shape, bool)
    for row, column in np.ndindex(labels.shape):
        top, left = max(row - before, 0), max(column - before, 0)
        bottom, right = row - before + width + 1, column - before + width + 1
        square = labels[top : max(bottom, 0), left : max(right, 0)]
        marked[row, column] = len(set(square.ravel().tolist()) - {0}) > 1
    return marked


@settings(max_examples=100, deadline=None)
@given(LABELS, st.integers(1, 4))
def test_equals_a_search_window_by_window(labels, width):
    np.testing.assert_array_equal(
        separation_border(labels, width), window_by_window(labels, width)
    )


@pytest.mark.parametrize("width", [1, 2, 3, 4, 5])
def test_a_straight_line_gets_its_width(width):
    labels = np.repeat([[5] * 10 + [3] * 10], 6, axis=0)
    assert separation_border(labels, width).sum(1).tolist() == [width] * 6
    assert separation_border(labels.T, width).sum(0).tolist() == [width] * 6


def test_cells_alone_have_no_border():
    labels = np.zeros((9, 9), int)
    labels[1:3, 1:3], labels[6:8, 6:8] = 1, 2
    assert not separation_border(labels).any()
    assert not separation_border(np.ones((4, 4), int)).any()
    assert not separation_border(np.zeros((4, 0), int)).any()


@settings(max_examples=60, deadline=None)
@given(LABELS)
def test_separated_cells_touch_no_longer(labels):
    apart = separate_touching(labels, 2)
    assert apart.dtype == labels.dtype
    assert not window_by_window(apart, 1).any()
    kept = apart != 0
    np.testing.assert_array_equal(apart[kept], labels[kept])


def test_classes_of_instances():
    labels = np.array([[0, 0, 8, 8, 8, 4, 4, 4]])
    assert instances_to_classes(labels).tolist() == [[0, 0, 1, 1, 2, 2, 1, 1]]
    assert instances_to_classes(labels, 2, 0).tolist() == [[0, 0, 1, 1, 0, 0, 1, 1]]
    assert instances_to_classes(labels, 0).tolist() == [[0, 0, 1, 1, 1, 1, 1, 1]]


@pytest.mark.parametrize("width", [0, -1, 1.5])
def test_bad_widths(width):
    with pytest.raises(ArgumentError, match="width"):
        separation_border(np.zeros((4, 4), int), width)


def test_bad_classes():
    with pytest.raises(ArgumentError, match="border_class"):
        instances_to_classes(np.zeros((4, 4), int), border_class=-1)
