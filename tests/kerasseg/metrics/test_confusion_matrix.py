import json
import os
import subprocess
import sys
from pathlib import Path

import checks.masks
import keras
import numpy as np
import pytest
from checks.masks import (
    IGNORED,
    in_every_run,
    in_the_long_run,
    label_pairs,
    scores_of,
)
from hypothesis import given, seed
from keras import layers

from kerasseg.errors import ArgumentError
from kerasseg.metrics import ConfusionMatrix
from kerasseg.metrics.measures import MEASURES

CLASSES = 4


def count_by_hand(true, predicted, weights=None, classes=CLASSES):
    counts = np.zeros((classes, classes))
    weights = np.ones(true.shape) if weights is None else weights
    for t, p, w in zip(true.flat, predicted.flat, weights.flat, strict=True):
        if t != IGNORED:
            counts[t, p] += w
    return counts


def measures_by_hand(counts):
    """Each measure in plain Python; `None` where there is nothing to measure."""
    right, labels, guesses = np.diag(counts), counts.sum(1), counts.sum(0)
    each = {
        "accuracy": [r / t if t else None for r, t in zip(right, labels, strict=True)],
        "iou": [],
        "dice": [],
    }
    for r, t, p in zip(right, labels, guesses, strict=True):
        each["iou"].append(r / (t + p - r) if t + p - r else None)
        each["dice"].append(2 * r / (t + p) if t + p else None)
    values = dict(each)
    for name in ("accuracy", "iou", "dice"):
        there = [value for value in each[name] if value is not None]
        values[f"mean_{name}"] = sum(there) / len(there) if there else None
    total = counts.sum()
    values["pixel_accuracy"] = right.sum() / total if total else None
    values["frequency_weighted_iou"] = (
        sum(t * (v or 0) for t, v in zip(labels, each["iou"], strict=True)) / total
        if total
        else None
    )
    return values


def means_of_images(matrices):
    """The measures of each image, then their mean over the images that have one."""
    found = [measures_by_hand(matrix) for matrix in matrices]
    return {
        name: [mean(column) for column in zip(*(f[name] for f in found), strict=True)]
        if isinstance(found[0][name], list)
        else mean([f[name] for f in found])
        for name in found[0]
    }


def mean(values):
    there = [value for value in values if value is not None]
    return sum(there) / len(there) if there else None


def check_result(metric, result, expected):
    """`result()` must hold the numbers found by hand, and 0 for those there are not."""
    result = {key: float(value) for key, value in result.items()}
    assert np.isfinite(list(result.values())).all()
    details = metric.details()
    for name, value in expected.items():
        if isinstance(value, list):
            left_out = sum(v is None for v in value)
            assert result.pop(f"{name}_left_out") == left_out
            assert len(details[name].left_out) == left_out
            for index, v in enumerate(value):
                check_value(result.pop(f"{name}_class_{index}"), v or 0)
                check_value(details[name].per_class[f"class_{index}"], v)
        else:
            check_value(result.pop(name), value or 0)
            check_value(details[name].value, value)
    assert not result


def check_value(found, expected):
    if expected is None:
        assert found is None
    else:
        assert abs(found - expected) <= 1e-6


def new_matrix(**options):
    return ConfusionMatrix(CLASSES, tuple(MEASURES), ignore_class=IGNORED, **options)


class CompiledMetric:
    """A metric whose update and result run compiled: thousands of times, quickly."""

    def __init__(self, average):
        self.metric = new_matrix(average=average)
        self._run = compiled(self._from_nothing)

    def run(self, *batches):
        """Adds the batches to an empty metric; returns the result."""
        variables, result = self._run(batches)
        for variable, value in zip(self.metric.variables, variables, strict=True):
            variable.assign(value)
        return result

    def _from_nothing(self, batches):
        variables = [keras.ops.zeros(v.shape, v.dtype) for v in self.metric.variables]
        for batch in batches:
            variables = self.metric.stateless_update_state(variables, *batch)
        return variables, self.metric.stateless_result(variables)


def compiled(function):
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        return tf.function(function)
    if keras.backend.backend() == "jax":
        import jax

        return jax.jit(function)
    return function


@pytest.fixture(scope="module")
def metrics():
    return CompiledMetric("dataset"), CompiledMetric("image")


def check_pair(pair, metrics):
    true, predicted = pair
    weights = None
    if true.sum() % 2:  # not both of every pair: each size costs a compilation
        weights = np.random.default_rng(true.size).uniform(0.1, 3, true.shape)
        weights = weights.astype("float32")
    batch = (true, scores_of(predicted, CLASSES), weights)
    batches = [tuple(x if x is None else x[i::2] for x in batch) for i in (0, 1)]
    whole, by_image = metrics
    spread = np.ones(true.shape) if weights is None else weights
    each = [count_by_hand(*of_one) for of_one in zip(true, predicted, spread)]  # noqa: B905
    for compiled_metric, expected in [
        (whole, measures_by_hand(sum(each))),
        (by_image, means_of_images(each)),
    ]:
        result = compiled_metric.run(*batches)
        check_result(compiled_metric.metric, result, expected)
        matrix = compiled_metric.metric.numpy()
        np.testing.assert_allclose(matrix, sum(each), rtol=1e-6)
    ignored = (true == IGNORED).sum(axis=(1, 2)) == true[0].size
    details = by_image.metric.details()["mean_iou"]
    assert details.images_left_out == ignored.sum()
    assert details.images == len(true) - details.images_left_out


@in_every_run
@given(pair=label_pairs(CLASSES))
def test_equals_counting_by_hand(pair, metrics):
    check_pair(pair, metrics)


@pytest.mark.long
@seed(2015)
@in_the_long_run
@given(pair=label_pairs(CLASSES))
def test_ten_thousand_masks(pair, metrics):
    check_pair(pair, metrics)


def check_against_scikit_learn(pair, metrics):
    scores = pytest.importorskip("sklearn.metrics")
    true, predicted = pair
    counts = true != IGNORED
    if not counts.any():
        return
    metrics[0].run((true, scores_of(predicted, CLASSES)))
    metric = metrics[0].metric
    labels = range(CLASSES)
    pixels = (true[counts], predicted[counts])
    expected = scores.confusion_matrix(*pixels, labels=labels)
    np.testing.assert_array_equal(metric.numpy(), expected)
    present = np.union1d(*pixels)
    details = metric.details()
    assert details["mean_iou"].value == pytest.approx(
        scores.jaccard_score(*pixels, labels=present, average="macro"), abs=1e-6
    )
    assert details["mean_dice"].value == pytest.approx(
        scores.f1_score(*pixels, labels=present, average="macro"), abs=1e-6
    )
    assert details["pixel_accuracy"].value == pytest.approx(
        scores.accuracy_score(*pixels), abs=1e-6
    )
    assert details["frequency_weighted_iou"].value == pytest.approx(
        scores.jaccard_score(*pixels, labels=present, average="weighted"), abs=1e-6
    )


@in_every_run
@given(pair=label_pairs(CLASSES))
def test_equals_scikit_learn(pair, metrics):
    check_against_scikit_learn(pair, metrics)


@pytest.mark.long
@seed(2016)
@in_the_long_run
@given(pair=label_pairs(CLASSES))
def test_ten_thousand_masks_against_scikit_learn(pair, metrics):
    check_against_scikit_learn(pair, metrics)


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


def test_labels_that_are_no_class_are_counted_apart():
    metric = new_matrix()
    metric.update_state(np.array([[[0, 4, -1, 77]]]), np.zeros((1, 1, 4), "int32"))
    details = metric.details()["pixel_accuracy"]
    assert (details.counted, details.outside, details.ignored) == (1, 3, 0)
    assert "3 with labels that are no class" in str(details)


def test_labels_between_two_numbers_are_no_class():
    metric = new_matrix()
    true = np.array([[[0.7, 1, 254.5, 3]]], "float32")  # a mask that was interpolated
    metric.update_state(true, np.array([[[0, 1, 2, 3]]]))
    assert np.diag(metric.numpy()).tolist() == [0, 1, 0, 1]
    assert metric.details()["pixel_accuracy"].outside == 2


def test_several_labels_are_ignored():
    metric = ConfusionMatrix(CLASSES, ignore_class=(2, IGNORED))
    metric.update_state(np.array([[[2, IGNORED], [0, 1]]]), np.zeros((1, 2, 2), int))
    assert metric.numpy()[:2, 0].tolist() == [1, 1]
    assert metric.numpy().sum() == metric.details()["mean_iou"].ignored == 2


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


def test_nothing_added_yet_and_reset():
    for average in ("dataset", "image"):
        metric = new_matrix(average=average)
        assert float(metric.result()["mean_iou"]) == 0
        metric.update_state(np.zeros((1, 2, 2)), np.zeros((1, 2, 2), "int32"))
        assert float(metric.result()["mean_iou"]) == 1
        metric.reset_state()
        assert metric.numpy().sum() == 0
        assert float(metric.result()["mean_iou"]) == 0
        assert metric.details()["iou"].value is None


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


def small_net(classes, channels=3, activation="softmax"):
    net = [keras.Input((None, None, channels)), layers.Conv2D(classes, 1)]
    return keras.Sequential([*net, layers.Activation(activation, dtype="float32")])


# PyTorch's backward of a softmax over maps fails inside Keras; logits pass.
LOSS = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


@pytest.mark.parametrize(
    ("jit", "policy"), [(False, "mixed_float16"), (True, "float32")]
)
def test_in_fit_and_evaluate(jit, policy):
    keras.config.set_dtype_policy(policy)
    random = np.random.default_rng(0)
    images = random.normal(size=(5, 6, 7, 3)).astype("float32")
    masks = random.integers(0, CLASSES, (5, 6, 7))
    weights = random.uniform(size=masks.shape).astype("float32")
    net = small_net(CLASSES, activation="linear")
    if keras.backend.backend() == "torch":
        jit = False
    net.compile(
        keras.optimizers.SGD(0.01),
        LOSS,
        metrics=[ConfusionMatrix(CLASSES, name="all")],
        weighted_metrics=[
            ConfusionMatrix(CLASSES, ("mean_dice",), average="image", name="weighted")
        ],
        jit_compile=jit,
    )
    history = net.fit(images, masks, 2, 1, verbose=0, sample_weight=weights).history
    assert np.isfinite(np.concatenate(list(history.values()))).all()
    logs = net.evaluate(
        images, masks, 2, verbose=0, sample_weight=weights, return_dict=True
    )
    predicted = net.predict(images, verbose=0).argmax(-1)
    plain = measures_by_hand(count_by_hand(masks, predicted))
    assert logs["mean_iou"] == pytest.approx(plain["mean_iou"], abs=1e-6)
    assert logs["pixel_accuracy"] == pytest.approx(plain["pixel_accuracy"], abs=1e-6)
    each = [count_by_hand(*triple) for triple in zip(masks, predicted, weights)]  # noqa: B905
    assert logs["mean_dice"] == pytest.approx(
        means_of_images(each)["mean_dice"], abs=1e-6
    )


def test_config_and_registration():
    metric = new_matrix(
        average="image", threshold=0.25, class_names=list("abcd"), leave_out=[1]
    )
    written = json.loads(json.dumps(keras.saving.serialize_keras_object(metric)))
    assert written["registered_name"] == "kerasseg>ConfusionMatrix"
    read = keras.saving.deserialize_keras_object(written)
    assert read.get_config() == metric.get_config()


@pytest.mark.parametrize(
    "options",
    [
        {"classes": 1},
        {"classes": 2.0},
        {"measures": "mean_iou"},
        {"measures": ("iou", "none")},
        {"measures": ()},
        {"average": "images"},
        {"class_names": ["a"]},
        {"class_names": ["a", "b", "a"]},
        {"leave_out": [3]},
        {"ignore_class": 255.0},
        {"ignore_class": (1, "void")},
        {"leave_out": [0, 1, 2]},
    ],
)
def test_wrong_options(options):
    name = next(iter(options))
    with pytest.raises(ArgumentError, match=f"{name}.*Received: {name}="):
        ConfusionMatrix(**{"classes": 3} | options)


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


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="tf.distribute is TensorFlow's"
)
def test_is_the_same_on_two_replicas():
    done = subprocess.run(
        [
            sys.executable,
            Path(checks.masks.__file__).with_name("metrics_on_replicas.py"),
        ],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    two, one = json.loads(done.stdout.splitlines()[-1])
    assert (two["replicas"], one["replicas"]) == (2, 1)
    assert two["matrix"] == one["matrix"]
    assert np.sum(one["matrix"]) == 7 * 6 * 7
    assert two["logs"] == pytest.approx(one["logs"], rel=1e-6)
    assert 0 < one["logs"]["mean_iou"] < 1
