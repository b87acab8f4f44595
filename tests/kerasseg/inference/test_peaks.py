import numpy as np
import pytest

from kerasseg.errors import ArgumentError
from kerasseg.inference.peaks import find_peaks


class Field:
    """The geometry of a net with windows of 32 pixels, 4 apart."""

    size, stride, offset = (32, 32), (4, 4), (0, 0)


def empty(height=20, width=30):
    """Probabilities of two classes and a background that is everywhere."""
    scores = np.zeros((height, width, 3), np.float32)
    scores[..., 2] = 1
    return scores


def put(scores, row, column, label, score):
    scores[row, column] = 0
    scores[row, column, label] = score
    scores[row, column, 2] = 1 - score


def test_each_object_once_with_label_score_and_box_surest_first():
    scores = empty()
    put(scores, 2, 3, 0, 0.75)
    put(scores, 15, 20, 1, 0.875)
    first, second = find_peaks(scores, Field, background=2, object_size=(24, 24))
    assert first == (1, 0.875, (64, 84, 88, 108))
    assert second == (0, 0.75, (12, 16, 36, 40))


def test_background_alone_gives_nothing():
    assert find_peaks(empty(), Field, background=2) == []
    assert find_peaks(np.zeros((5, 5, 3)), Field) == []
    assert find_peaks(np.zeros((0, 5, 3)), Field) == []


@pytest.mark.parametrize("width", [2, 3, 5])
def test_cells_that_tie_make_one_detection(width):
    scores = empty()
    for column in range(10, 10 + width):
        put(scores, 8, column, 1, 0.9)
    (found,) = find_peaks(scores, Field, background=2, object_size=(24, 24))
    middle = (found.box[1] + found.box[3]) / 2
    assert abs(middle - (4 * (10 + (width - 1) / 2) + 16)) <= 2


def test_position_is_refined_between_two_cells():
    scores = empty()
    put(scores, 8, 10, 0, 0.9)
    put(scores, 8, 11, 0, 0.9)
    (found,) = find_peaks(scores, Field, background=2)
    assert found.box == pytest.approx((32, 42, 64, 74))


def test_neighbours_a_size_apart_are_two_and_nearer_ones_are_one():
    scores = empty()
    put(scores, 8, 5, 0, 0.9)
    put(scores, 8, 11, 0, 0.8)
    assert len(find_peaks(scores, Field, background=2, object_size=(24, 24))) == 2
    assert len(find_peaks(scores, Field, background=2, object_size=(64, 64))) == 1


def test_one_object_with_two_names_gets_the_likelier():
    scores = empty()
    put(scores, 8, 10, 0, 0.9)
    put(scores, 8, 11, 1, 0.7)
    (found,) = find_peaks(scores, Field, background=2)
    assert found.label == 0


def test_threshold_is_the_least_probability_that_counts():
    scores = empty()
    put(scores, 8, 10, 0, 0.5)
    assert len(find_peaks(scores, Field, background=2, threshold=0.5)) == 1
    assert find_peaks(scores, Field, background=2, threshold=0.51) == []


def test_objects_at_the_border_are_found_there():
    scores = empty()
    put(scores, 0, 0, 0, 0.9)
    put(scores, 19, 29, 1, 0.9)
    boxes = [found.box for found in find_peaks(scores, Field, background=2)]
    assert boxes == [(0, 0, 32, 32), (76, 116, 108, 148)]


def test_a_map_of_one_cell_and_half_precision():
    scores = np.array([[[0.25, 0.75]]], np.float16)
    assert find_peaks(scores, Field) == [(1, 0.75, (0, 0, 32, 32))]


def test_input_is_left_as_it_was():
    scores = empty()
    find_peaks(scores, Field, background=2)
    np.testing.assert_array_equal(scores, empty())


@pytest.mark.parametrize(
    ("scores", "background", "message"),
    [
        (np.zeros((4, 4)), None, r"Received: \(4, 4\)"),
        (np.full((4, 4, 2), np.nan), None, "NaN"),
        (np.zeros((4, 4, 2)), 2, "Received: 2"),
        (np.zeros((4, 4, 2)), -1, "Received: -1"),
    ],
)
def test_wrong_input_is_refused(scores, background, message):
    with pytest.raises(ArgumentError, match=message):
        find_peaks(scores, Field, background=background)
