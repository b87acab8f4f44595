"""Oracles: the definition in NumPy, and the mean IoU of hard scores."""

import numpy as np
import pytest
from checks import losses_by_hand
from checks.drawn_batches import IGNORED, batches, sixty, ten_thousand
from checks.loss_agreement import check_gradient, check_value
from checks.losses import batch_for, check_loss, scores_for, value_of
from hypothesis import strategies as st

from kerasseg.errors import ArgumentError
from kerasseg.losses import Jaccard

OWN = {
    "per_image": st.booleans(),
    "classes": st.sampled_from(["present", "all"]),
    "squared": st.booleans(),
    "smooth": st.sampled_from([0.0, 1.0]),
}
DRAWN = batches(**OWN)
GENTLE = batches(gentle=True, **OWN)


@pytest.mark.parametrize(
    ("channels", "options"),
    [(1, {"from_logits": True}), (3, {"squared": True, "class_weight": {2: 3.0}})],
)
def test_is_a_good_loss(channels, options):
    check_loss(Jaccard, {"ignore_class": IGNORED, **options}, channels)


def agrees(batch):
    check_value(Jaccard, losses_by_hand.jaccard, batch)


def has_its_gradient(batch):
    check_gradient(Jaccard, losses_by_hand.jaccard, batch)


test_equals_the_definition = sixty(agrees, DRAWN)
test_gradient_equals_differences = sixty(has_its_gradient, GENTLE)
test_equals_the_definition_often = pytest.mark.long(ten_thousand(agrees, DRAWN))


@pytest.mark.parametrize("channels", [1, 3])
def test_of_hard_scores_is_one_minus_the_mean_iou(channels):
    labels, _, logits = batch_for(channels)
    labels[labels == IGNORED] = 0
    found = logits.argmax(-1) if channels > 1 else (logits[..., 0] > 0).astype(int)
    hard = (found[..., None] == np.arange(max(2, channels)))[..., -channels:]
    ious = [
        ((found == index) & (labels == index)).sum()
        / ((found == index) | (labels == index)).sum()
        for index in range(channels == 1, max(2, channels))
    ]
    value = value_of(Jaccard(), labels, hard.astype("float32"))
    np.testing.assert_allclose(value, 1 - np.mean(ious), rtol=1e-6)


def test_refuses_a_negative_smooth():
    with pytest.raises(ArgumentError, match="Received: smooth=-1"):
        Jaccard(smooth=-1)


def test_probabilities_of_softmax_are_used():
    labels, _, logits = batch_for(3)
    one = Jaccard(ignore_class=IGNORED, from_logits=True)
    other = Jaccard(ignore_class=IGNORED)
    np.testing.assert_allclose(
        value_of(one, labels, logits),
        value_of(other, labels, scores_for(other, logits)),
        rtol=1e-6,
    )
