"""Oracles: the definition in NumPy, Keras's own losses, and PyTorch's."""

import keras
import numpy as np
import pytest
from checks import losses_by_hand
from checks.drawn_batches import IGNORED, batches, sixty, ten_thousand
from checks.loss_agreement import check_gradient, check_value
from checks.losses import batch_for, check_loss, gradient, scores_for, value_of
from hypothesis import strategies as st

from kerasseg.errors import ArgumentError
from kerasseg.losses import CrossEntropy

DRAWN = batches(label_smoothing=st.sampled_from([0.0, 0.1]))


@pytest.mark.parametrize(
    ("channels", "options"),
    [(1, {"class_weight": {1: 2.0}}), (3, {"from_logits": True})],
)
def test_is_a_good_loss(channels, options):
    check_loss(CrossEntropy, {"ignore_class": IGNORED, **options}, channels)


def agrees(batch):
    check_value(CrossEntropy, losses_by_hand.cross_entropy, batch)


def has_its_gradient(batch):
    check_gradient(CrossEntropy, losses_by_hand.cross_entropy, batch)


test_equals_the_definition = sixty(agrees, DRAWN)
test_gradient_equals_differences = sixty(has_its_gradient, batches(gentle=True))
test_equals_the_definition_often = pytest.mark.long(ten_thousand(agrees, DRAWN))


@pytest.mark.parametrize("from_logits", [False, True])
@pytest.mark.parametrize(
    "reduction", ["sum_over_batch_size", "sum", "mean_with_sample_weight", None]
)
@pytest.mark.parametrize("weighted", [False, True])
def test_equals_keras_with_ignore_class(from_logits, reduction, weighted):
    labels, _, logits = batch_for(3)
    options = {
        "from_logits": from_logits,
        "ignore_class": IGNORED,
        "reduction": reduction,
    }
    ours = CrossEntropy(**options)
    theirs = keras.losses.SparseCategoricalCrossentropy(**options)
    weights = np.random.default_rng(1).uniform(size=labels.shape).astype("float32")
    arguments = (labels, scores_for(ours, logits), weights if weighted else None)
    np.testing.assert_allclose(
        value_of(ours, *arguments), value_of(theirs, *arguments), rtol=2e-6
    )


@pytest.mark.parametrize("from_logits", [False, True])
@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_one_channel_equals_keras(from_logits, smoothing):
    options = {"from_logits": from_logits, "label_smoothing": smoothing}
    ours, theirs = CrossEntropy(**options), keras.losses.BinaryCrossentropy(**options)
    _, _, logits = batch_for(1)
    labels = np.random.default_rng(2).integers(0, 2, logits.shape)
    scores = scores_for(ours, logits)
    wanted = value_of(theirs, labels.astype("float32"), scores)
    np.testing.assert_allclose(value_of(ours, labels, scores), wanted, rtol=1e-6)


def test_smoothed_equals_keras():
    ours = CrossEntropy(label_smoothing=0.3)
    theirs = keras.losses.CategoricalCrossentropy(label_smoothing=0.3)
    _, _, logits = batch_for(4)
    labels = np.random.default_rng(2).integers(0, 4, logits.shape[:3])
    scores = scores_for(ours, logits)
    wanted = value_of(theirs, np.eye(4, dtype="float32")[labels], scores)
    np.testing.assert_allclose(value_of(ours, labels, scores), wanted, rtol=1e-6)


def test_equals_pytorch_with_class_weights():
    torch = pytest.importorskip("torch")
    labels, _, logits = batch_for(3)
    weights = [0.5, 2.0, 3.0]
    ours = CrossEntropy(
        from_logits=True,
        ignore_class=IGNORED,
        class_weight=weights,
        reduction="mean_with_sample_weight",
    )
    scores = torch.tensor(logits).permute(0, 3, 1, 2).requires_grad_()
    wanted = torch.nn.functional.cross_entropy(
        scores,
        torch.tensor(labels).long(),
        weight=torch.tensor(weights),
        ignore_index=IGNORED,
    )
    wanted.backward()
    np.testing.assert_allclose(
        value_of(ours, labels, logits), wanted.detach(), rtol=1e-6
    )
    np.testing.assert_allclose(
        gradient(ours, labels, logits),
        scores.grad.permute(0, 2, 3, 1),
        rtol=1e-5,
        atol=1e-8,
    )


def test_a_net_that_is_certain_and_wrong_still_learns(tensorflow):
    image = keras.Input((2, 2, 2))
    model = keras.Model(image, keras.layers.Activation("softmax")(image))
    logits = np.zeros((1, 2, 2, 2), "float32")
    logits[..., 1] = 50  # the probability of class 0 is 2e-22
    labels = np.zeros((1, 2, 2), int)
    found = gradient(lambda y, x, _: CrossEntropy()(y, model(x)), labels, logits)
    np.testing.assert_allclose(found[..., 0], -0.25, rtol=1e-5)


def test_soft_labels_share_a_pixel():
    scores = np.array([[[[0.25, 0.75]]]], "float32")
    value = value_of(CrossEntropy(), np.array([[[[0.4, 0.6]]]]), scores)
    wanted = -0.4 * np.log(0.25) - 0.6 * np.log(0.75)
    np.testing.assert_allclose(value, wanted, rtol=1e-6)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"ignore_class": 1.5}, "Received: ignore_class=1.5"),
        ({"class_weight": [1, -1]}, r"Received: class_weight=\[1, -1\]"),
        ({"class_weight": [1, float("nan")]}, "finite"),
        ({"label_smoothing": 2}, "Received: label_smoothing=2"),
    ],
)
def test_refuses_options_out_of_range(options, message):
    with pytest.raises(ArgumentError, match=message):
        CrossEntropy(**options)


@pytest.mark.parametrize(
    ("class_weight", "message"),
    [([1, 2], "must hold 3 weights"), ({7: 1.0}, "not among the 3")],
)
def test_refuses_weights_of_other_classes(class_weight, message):
    labels, _, logits = batch_for(3)
    with pytest.raises(ArgumentError, match=message):
        CrossEntropy(class_weight=class_weight, ignore_class=IGNORED)(labels, logits)


@pytest.mark.parametrize(
    ("labels", "scores", "weights", "message"),
    [
        ((1, 4, 4), (1, 4, 3), None, "y_pred must be maps"),
        ((1, 4, 4), (1, 5, 4, 2), None, r"on the map of y_pred \(1, 5, 4, 2\)"),
        ((1, 4, 4, 3), (1, 4, 4, 2), None, "one channel a class"),
        ((1, 4, 4), (1, 4, 4, 2), (4, 4), "sample_weight must have the shape"),
    ],
)
def test_refuses_other_shapes(labels, scores, weights, message):
    weights = None if weights is None else np.ones(weights)
    with pytest.raises(ArgumentError, match=message):
        CrossEntropy()(np.zeros(labels, int), np.ones(scores, "float32"), weights)


def test_refuses_channels_that_are_no_shares():
    scores = np.ones((1, 2, 2, 2), "float32")
    with pytest.raises(ArgumentError, match="values of -3 … -3"):
        CrossEntropy()(np.full((1, 2, 2, 2), -3.0), scores)
