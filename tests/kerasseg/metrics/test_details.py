import numpy as np
import pytest
from checks.masks import IGNORED
from checks.matrices_by_hand import new_matrix


def test_labels_that_are_no_class_are_counted_apart():
    metric = new_matrix()
    metric.update_state(np.array([[[0, 4, -1, 77]]]), np.zeros((1, 1, 4), "int32"))
    details = metric.details()["pixel_accuracy"]
    assert (details.counted, details.outside, details.ignored) == (1, 3, 0)
    assert "3 with labels that are no class" in str(details)


def test_nothing_but_ignored_pixels():
    for average in ("dataset", "image"):
        metric = new_matrix(average=average, class_names=list("abcd"))
        for _ in range(2):
            metric.update_state(
                np.full((2, 1, 2), IGNORED), np.zeros((2, 1, 2, 4), "float32")
            )
        values = {key: float(value) for key, value in metric.result().items()}
        assert {key for key, value in values.items() if value} == {
            f"{name}_left_out" for name in ("accuracy", "iou", "dice")
        }
        details = metric.details()["mean_iou"]
        assert details.value is None
        assert details.left_out == ("a", "b", "c", "d")
        assert details.ignored == 8
        assert "nothing to measure" in str(details)
        assert details.images_left_out == (4 if average == "image" else None)


def test_left_out_classes_count_for_the_others():
    true, predicted = np.array([[[0, 0, 0, 1, 2]]]), np.array([[[0, 0, 1, 1, 2]]])
    metric = new_matrix(leave_out=[0])
    metric.update_state(true, predicted)
    details = metric.details()
    assert details["mean_iou"].value == pytest.approx((1 / 2 + 1) / 2)
    assert details["iou"].value == pytest.approx((1 / 2 + 1) / 2)
    assert details["mean_iou"].left_out == ("class_3",)
    assert details["pixel_accuracy"].value == pytest.approx(4 / 5)
    assert float(metric.result()["mean_iou"]) == pytest.approx(3 / 4)
