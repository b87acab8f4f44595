"""Oracles: the definition by sets in NumPy, and Jaccard of hard scores."""

import numpy as np
import pytest
from checks import losses_by_hand
from checks.drawn_batches import IGNORED, batches, sixty, ten_thousand
from checks.loss_agreement import check_gradient, check_value
from checks.losses import batch_for, check_loss, scores_for, value_of
from hypothesis import strategies as st

from kerasseg.errors import ArgumentError
from kerasseg.losses import Jaccard, LovaszSoftmax

OWN = {
    "per_image": st.booleans(),
    "classes": st.sampled_from(["present", "all"]),
}
DRAWN = batches(**OWN)
GENTLE = batches(gentle=True, **OWN)


@pytest.mark.parametrize(
    ("channels", "options"),
    [(1, {"from_logits": True}), (3, {"per_image": True})],
)
def test_is_a_good_loss(channels, options):
    check_loss(LovaszSoftmax, {"ignore_class": IGNORED, **options}, channels)


def agrees(batch):
    check_value(LovaszSoftmax, losses_by_hand.lovasz, batch)


def has_its_gradient(batch):
    check_gradient(LovaszSoftmax, losses_by_hand.lovasz, batch)


test_equals_the_definition = sixty(agrees, DRAWN)
test_gradient_equals_differences = sixty(has_its_gradient, GENTLE)
test_equals_the_definition_often = pytest.mark.long(ten_thousand(agrees, DRAWN))


@pytest.mark.parametrize("from_logits", [False, True])
def test_one_channel_is_the_hinge_on_logits_and_softmax_on_probabilities(from_logits):
    labels = np.array([[[1, 0]]])
    loss = LovaszSoftmax(from_logits=from_logits)
    scores = np.array([[[[0.25], [0.5]]]], "float32")
    # Errors .75 and 1.5 of logits, .75 and .5 of probabilities; each error alone
    # makes the Jaccard loss 1 (a miss) or 1/2 (a false alarm), both together 1.
    wanted = 0.5 * 1.5 + 0.5 * 0.75 if from_logits else 0.75
    np.testing.assert_allclose(value_of(loss, labels, scores), wanted, rtol=1e-6)


@pytest.mark.parametrize("channels", [1, 3])
def test_of_hard_scores_is_the_jaccard_loss(channels):
    labels, _, logits = batch_for(channels)
    classes = np.arange(max(2, channels))[-channels:]
    found = logits.argmax(-1) if channels > 1 else (logits[..., 0] > 0).astype(int)
    hard = (found[..., None] == classes).astype("float32")
    np.testing.assert_allclose(
        value_of(LovaszSoftmax(ignore_class=IGNORED), labels, hard),
        value_of(Jaccard(ignore_class=IGNORED), labels, hard),
        rtol=1e-6,
    )


def test_refuses_other_classes():
    with pytest.raises(ArgumentError, match="Received: classes='some'"):
        LovaszSoftmax(classes="some")


def test_reads_probabilities_and_logits_alike():
    labels, _, logits = batch_for(3)
    one = LovaszSoftmax(ignore_class=IGNORED, from_logits=True)
    other = LovaszSoftmax(ignore_class=IGNORED)
    np.testing.assert_allclose(
        value_of(one, labels, logits),
        value_of(other, labels, scores_for(other, logits)),
        rtol=1e-6,
    )
