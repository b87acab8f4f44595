import numpy as np
import pytest
from checks.pictures import render

from kerasseg.errors import ArgumentError
from kerasseg.visualize import draw_confusion_matrix

MATRIX = np.array([[6, 2, 0], [0, 9, 1], [0, 0, 0]])


def texts(figure):
    return {
        tuple(text.get_position()): text.get_text() for text in figure.axes[0].texts
    }


def test_rows_are_true_classes_in_percent():
    figure = draw_confusion_matrix(MATRIX, ["a", "$b$", "c"], title="$\\frac{$")
    found = texts(figure)
    assert found == {
        (0, 0): "75",
        (1, 0): "25",
        (2, 0): "0",
        (0, 1): "0",
        (1, 1): "90",
        (2, 1): "10",
    }
    axes = figure.axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["a", "$b$", "c"]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("predicted class", "true class")


def test_larger_is_darker_and_classes_without_labels_are_grey():
    _, pixel = render(draw_confusion_matrix(MATRIX))
    # The corner of a cell, where no number stands; `pixel` adds half a pixel.
    shades = {(r, c): pixel(r - 0.9, c - 0.9) for r in range(3) for c in range(3)}
    assert shades[1, 1].sum() < shades[0, 0].sum() < shades[0, 1].sum()
    for column in range(3):
        np.testing.assert_allclose(shades[2, column], 0xD9 / 255, atol=0.01)


def test_counts():
    found = texts(draw_confusion_matrix(MATRIX, normalize=False))
    assert found[1, 1] == "9"
    assert found[2, 2] == "0"


def test_many_classes_have_no_numbers():
    assert not texts(draw_confusion_matrix(np.eye(40)))


@pytest.mark.parametrize(
    "matrix", [np.ones((2, 3)), np.ones(4), -np.eye(2), np.full((2, 2), np.nan)]
)
def test_bad_matrices(matrix):
    with pytest.raises(ArgumentError, match="matrix must"):
        draw_confusion_matrix(matrix)


def test_a_name_for_every_class():
    with pytest.raises(ArgumentError, match="no name for class 2"):
        draw_confusion_matrix(MATRIX, ["a", "b"])
