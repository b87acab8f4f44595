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
from checks.matrices_by_hand import (
    CLASSES,
    count_by_hand,
    means_of_images,
    measures_by_hand,
    new_matrix,
)
from hypothesis import given, seed


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
