import numpy as np
import pytest
from checks.masks import IGNORED, in_every_run, label_pairs
from hypothesis import given

from kerasseg.errors import ArgumentError
from kerasseg.metrics import ConfusionMatrix, count_confusion, measure_confusion

MEASURES = ("pixel_accuracy", "accuracy", "mean_iou", "dice")


@in_every_run
@given(pair=label_pairs(4))
def test_equals_the_streaming_matrix(pair):
    metric = ConfusionMatrix(4, MEASURES, ignore_class=IGNORED, leave_out=[2])
    metric.update_state(*pair)
    matrix = count_confusion(*pair, 4, IGNORED)
    np.testing.assert_array_equal(matrix, metric.numpy())
    for measure, details in metric.details().items():
        found = measure_confusion(matrix, measure, leave_out=[2])
        assert found.value == details.value
        assert found.per_class == details.per_class
        assert found.left_out == details.left_out


def test_labels_that_are_no_class():
    labels = np.array([[0, 1]])
    for pair in ((labels + 1, labels), (labels, labels - 1)):
        with pytest.raises(ArgumentError, match="classes 0 to 1"):
            count_confusion(*pair, 2)
    with pytest.raises(ArgumentError, match="same shape"):
        count_confusion(labels, labels.T, 2)
    with pytest.raises(ArgumentError, match="y_pred must hold integers"):
        count_confusion(labels, labels + 0.5, 2)


def test_several_labels_are_ignored():
    true = np.array([2, 9, 0, 1])
    assert count_confusion(true, true, 3, ignore_class=(9, 2)).sum() == 2
