"""Oracles: the definition in NumPy, and Keras's own losses."""

import keras
import numpy as np
import pytest
from checks import losses_by_hand
from checks.drawn_batches import IGNORED, batches, sixty, ten_thousand
from checks.loss_agreement import check_gradient, check_value
from checks.losses import batch_for, check_loss, scores_for, value_of
from hypothesis import strategies as st

from kerasseg.errors import ArgumentError
from kerasseg.losses import CrossEntropy, Focal

OWN = {
    "gamma": st.sampled_from([0.0, 0.5, 2.0, 3.0]),
    "label_smoothing": st.sampled_from([0.0, 0.1]),
}
DRAWN = batches(**OWN)
GENTLE = batches(gentle=True, **OWN)


@pytest.mark.parametrize(
    ("channels", "options"),
    [(1, {"gamma": 0.5}), (3, {"from_logits": True, "class_weight": [1, 2, 3]})],
)
def test_is_a_good_loss(channels, options):
    check_loss(Focal, {"ignore_class": IGNORED, **options}, channels)


def agrees(batch):
    check_value(Focal, losses_by_hand.focal, batch)


def has_its_gradient(batch):
    check_gradient(Focal, losses_by_hand.focal, batch)


test_equals_the_definition = sixty(agrees, DRAWN)
test_gradient_equals_differences = sixty(has_its_gradient, GENTLE)
test_equals_the_definition_often = pytest.mark.long(ten_thousand(agrees, DRAWN))


@pytest.mark.parametrize("from_logits", [False, True])
def test_one_channel_equals_keras(from_logits):
    ours = Focal(gamma=2.0, from_logits=from_logits, class_weight=(0.75, 0.25))
    theirs = keras.losses.BinaryFocalCrossentropy(
        apply_class_balancing=True, alpha=0.25, gamma=2.0, from_logits=from_logits
    )
    _, _, logits = batch_for(1)
    labels = np.random.default_rng(2).integers(0, 2, logits.shape)
    scores = scores_for(ours, logits)
    wanted = value_of(theirs, labels.astype("float32"), scores)
    np.testing.assert_allclose(value_of(ours, labels, scores), wanted, rtol=1e-5)


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_equals_keras(smoothing):
    ours = Focal(gamma=1.5, label_smoothing=smoothing)
    theirs = keras.losses.CategoricalFocalCrossentropy(
        alpha=1.0, gamma=1.5, label_smoothing=smoothing
    )
    _, _, logits = batch_for(4)
    labels = np.random.default_rng(2).integers(0, 4, logits.shape[:3])
    scores = scores_for(ours, logits)
    wanted = value_of(theirs, np.eye(4, dtype="float32")[labels], scores)
    np.testing.assert_allclose(value_of(ours, labels, scores), wanted, rtol=1e-5)


def test_without_focus_is_cross_entropy():
    labels, _, logits = batch_for(3)
    focal = Focal(gamma=0, ignore_class=IGNORED, from_logits=True)
    plain = CrossEntropy(ignore_class=IGNORED, from_logits=True)
    np.testing.assert_allclose(
        value_of(focal, labels, logits), value_of(plain, labels, logits), rtol=1e-6
    )


def test_refuses_a_negative_gamma():
    with pytest.raises(ArgumentError, match="Received: gamma=-1"):
        Focal(gamma=-1)
