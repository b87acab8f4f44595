import numpy as np
import pytest

from kerasseg.metrics import ConfusionMatrix


@pytest.mark.parametrize("weight", [None, 1.0])
def test_counts_beyond_what_float32_can_hold(weight):
    metric = ConfusionMatrix(2, ("pixel_accuracy",))
    # 17 pixels more than 2**24, which float32 would drop one by one.
    for count, true in [(2**24, 0), (1, 0), (16, 0), (3, 1)]:
        labels = np.full((1, 1, count), true, np.int32)
        weights = None if weight is None else np.full(labels.shape, weight, "float32")
        metric.update_state(labels, np.zeros(labels.shape, np.int32), weights)
    assert metric.numpy().tolist() == [[2**24 + 17, 0], [3, 0]]


def test_many_equal_weights_do_not_drift():
    metric = ConfusionMatrix(2, ("pixel_accuracy",))
    true = np.zeros((4, 1000, 1000), np.int32)
    weights = np.full(true.shape, 0.1, "float32")
    for _ in range(3):
        metric.update_state(true, true, weights)
    expected = 3 * true.size * float(np.float32(0.1))
    assert metric.numpy()[0, 0] == pytest.approx(expected, rel=1e-9)
