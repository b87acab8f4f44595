import pytest

from kerasseg.errors import ArgumentError
from kerasseg.visualize import learning_curves


def test_training_and_validation_share_a_panel():
    figure = learning_curves(
        {"loss": [3, 2, 1], "iou": [0.1, 0.2, 0.3], "val_loss": [4, 3]}, "run $1"
    )
    assert [axes.get_title() for axes in figure.axes] == ["loss", "iou"]
    training, validation = figure.axes[0].lines
    assert list(training.get_xdata()) == [1, 2, 3]
    assert list(validation.get_xdata()) == [2, 3]
    assert list(validation.get_ydata()) == [4, 3]
    assert len(figure.axes[1].lines) == 1


def test_epochs_that_lack_a_value_are_left_out():
    history = {"loss": [3, 2, 1, 0], "val_loss": [None, 4, None, 3]}
    _, validation = learning_curves(history).axes[0].lines
    assert list(validation.get_xdata()) == [2, 4]
    assert list(validation.get_ydata()) == [4, 3]


@pytest.mark.parametrize("history", [{}, {"loss": []}])
def test_nothing_to_draw_is_refused(history):
    with pytest.raises(ArgumentError, match="at least one epoch"):
        learning_curves(history)
