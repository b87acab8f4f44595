import numpy as np
import pytest
from checks.masks import IGNORED, scores_of
from checks.matrices_by_hand import CLASSES, count_by_hand, new_matrix

from kerasseg.errors import ArgumentError
from kerasseg.metrics import ConfusionMatrix, MeanIoU
from kerasseg.metrics.measures import MEASURES


def test_takes_every_shape_of_labels_and_predictions():
    random = np.random.default_rng(0)
    true = random.integers(0, CLASSES, (2, 3, 5))
    predicted = random.integers(0, CLASSES, (2, 3, 5)).astype("int32")
    scores = scores_of(predicted, CLASSES)
    one_hot = np.eye(CLASSES, dtype="float32")[true]
    expected = count_by_hand(true, predicted)
    every_true = [true, true[..., None], one_hot, true.astype("float32")]
    every_true += [true.astype("uint8"), true.astype("int64")]
    every_pred = [scores, scores.astype("float16"), predicted, predicted[..., None]]
    for y_true in every_true:
        for y_pred in every_pred:
            metric = new_matrix()
            metric.update_state(y_true, y_pred)
            np.testing.assert_array_equal(metric.numpy(), expected)


def test_one_hot_pixels_of_zeros_are_ignored():
    one_hot = np.zeros((1, 2, 2, CLASSES), "float32")
    one_hot[0, 0, 0, 3] = 1
    metric = new_matrix()
    metric.update_state(one_hot, np.full((1, 2, 2), 3))
    assert metric.numpy()[3, 3] == metric.numpy().sum() == 1
    assert metric.details()["iou"].ignored == 3


@pytest.mark.parametrize(("threshold", "above"), [(0.5, 1), (0.0, 3)])
def test_one_channel_is_compared_with_the_threshold(threshold, above):
    metric = ConfusionMatrix(2, threshold=threshold)
    scores = np.array([-3, 0.2, 0.5, 4], "float32").reshape(1, 2, 2, 1)
    metric.update_state(np.ones((1, 2, 2), "uint8"), scores)
    assert metric.numpy().tolist() == [[0, 0], [4 - above, above]]


def test_weights_of_pixels_of_images_and_of_all():
    random = np.random.default_rng(1)
    true, predicted = random.integers(0, CLASSES, (2, 2, 3, 5)).astype("int32")
    of_pixels = random.uniform(size=true.shape).astype("float32")
    of_images = np.array([0.25, 4], "float32")
    spread = np.broadcast_to(of_images[:, None, None], true.shape)
    for weights, expected in [
        (of_pixels, of_pixels),
        (of_pixels[..., None], of_pixels),
        (of_pixels > 0.5, (of_pixels > 0.5).astype("float32")),
        (of_images, spread),
        (of_images[:, None, None], spread),
        (0.5, np.full(true.shape, 0.5)),
    ]:
        metric = new_matrix()
        metric.update_state(true, predicted, weights)
        np.testing.assert_allclose(
            metric.numpy(), count_by_hand(true, predicted, expected), rtol=1e-6
        )


def test_labels_between_two_numbers_are_no_class():
    metric = new_matrix()
    true = np.array([[[0.7, 1, 254.5, 3]]], "float32")  # a mask that was interpolated
    metric.update_state(true, np.array([[[0, 1, 2, 3]]]))
    assert np.diag(metric.numpy()).tolist() == [0, 1, 0, 1]
    assert metric.details()["pixel_accuracy"].outside == 2


def test_ids_that_int32_cannot_hold_are_no_class():
    metric = new_matrix()
    far = np.array([[[2**32 + 1, 1, -(2**32) + 1]]])  # the lower half of each is 1
    metric.update_state(far, np.ones((1, 1, 3), "int32"))
    metric.update_state(np.ones((1, 1, 3), "int32"), far)
    metric.update_state(far.astype("uint64"), np.ones((1, 1, 3), "int32"))
    assert metric.numpy()[1, 1] == metric.numpy().sum() == 3
    assert metric.details()["pixel_accuracy"].outside == 6


@pytest.mark.parametrize("average", ["dataset", "image"])
@pytest.mark.parametrize("scores", [[0, 5, np.nan], [np.nan] * 3, [np.nan, 5, 0]])
def test_scores_that_are_nan_are_no_prediction(average, scores):
    metric = ConfusionMatrix(3, MEASURES, average=average, ignore_class=IGNORED)
    true = np.zeros((2, 1, 2), "int32")
    y_pred = np.tile(np.array([9, 0, 0], "float32"), (2, 1, 2, 1))
    metric.update_state(true, y_pred)
    y_pred[1, 0, 1] = scores
    ignored = true.copy()
    ignored[1, 0, 1] = IGNORED
    metric.update_state(ignored, y_pred)
    assert not any(np.isnan(float(value)) for value in metric.result().values())
    metric.update_state(true, y_pred)
    for name, value in metric.result().items():
        assert np.isnan(float(value)) != name.endswith("left_out"), name
    assert metric.numpy().tolist() == [[10, 0, 0], [0, 0, 0], [0, 0, 0]]
    details = metric.details()["mean_iou"]
    assert np.isnan(details.value)
    assert np.isnan(list(details.per_class.values())).all()
    assert (details.nan, details.outside, details.ignored) == (1, 0, 1)
    assert "1 with scores that are NaN" in str(details)


def test_a_single_score_that_is_nan_is_no_prediction():
    metric = MeanIoU(2)
    metric.update_state(np.zeros((1, 1, 1), int), np.full((1, 1, 1, 1), np.nan))
    assert np.isnan(float(metric.result()))


def test_several_labels_are_ignored():
    metric = ConfusionMatrix(CLASSES, ignore_class=(2, IGNORED))
    metric.update_state(np.array([[[2, IGNORED], [0, 1]]]), np.zeros((1, 2, 2), int))
    assert metric.numpy()[:2, 0].tolist() == [1, 1]
    assert metric.numpy().sum() == metric.details()["mean_iou"].ignored == 2


@pytest.mark.parametrize(
    ("true", "predicted", "weights"),
    [
        ((1, 4, 4), (1, 4, 4, 2), None),
        ((1, 4, 4), (1, 4, 5, 3), None),
        ((1, 4, 4), (1, 4, 4, 1), None),
        ((4, 4), (1, 4, 4, 3), None),
        ((1, 4, 4, 2), (1, 4, 4, 3), None),
        ((1, 4, 4), (1, 4, 4, 3), (1, 4, 4, 2)),
        ((2, 4, 4), (2, 4, 4, 3), (4, 4)),
        ((2, 4, 4), (2, 4, 4, 3), (2, 4, 3)),
    ],
)
def test_wrong_shapes(true, predicted, weights):
    with pytest.raises(ArgumentError, match=r"Received: .*shape"):
        ConfusionMatrix(3).update_state(
            np.zeros(true),
            np.zeros(predicted, "float32"),
            None if weights is None else np.ones(weights, "float32"),
        )
