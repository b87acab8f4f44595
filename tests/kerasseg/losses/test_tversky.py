"""Oracles: the definition in NumPy, Dice and Jaccard, and Keras's own loss."""

import keras
import numpy as np
import pytest
from checks import losses_by_hand
from checks.drawn_batches import IGNORED, batches, sixty, ten_thousand
from checks.loss_agreement import check_gradient, check_value
from checks.losses import batch_for, check_loss, scores_for, value_of
from hypothesis import strategies as st

from kerasseg.errors import ArgumentError
from kerasseg.losses import Dice, Jaccard, Tversky

OWN = {
    "alpha": st.sampled_from([0.0, 0.3, 1.0]),
    "beta": st.sampled_from([0.5, 0.7]),
    "per_image": st.booleans(),
    "classes": st.sampled_from(["present", "all"]),
    "smooth": st.sampled_from([0.0, 1.0]),
}
DRAWN = batches(**OWN)
GENTLE = batches(gentle=True, **OWN)


@pytest.mark.parametrize(
    ("channels", "options"),
    [(1, {"alpha": 0.3, "beta": 0.7}), (3, {"from_logits": True, "classes": "all"})],
)
def test_is_a_good_loss(channels, options):
    check_loss(Tversky, {"ignore_class": IGNORED, **options}, channels)


def agrees(batch):
    check_value(Tversky, losses_by_hand.tversky, batch)


def has_its_gradient(batch):
    check_gradient(Tversky, losses_by_hand.tversky, batch)


test_equals_the_definition = sixty(agrees, DRAWN)
test_gradient_equals_differences = sixty(has_its_gradient, GENTLE)
test_equals_the_definition_often = pytest.mark.long(ten_thousand(agrees, DRAWN))


@pytest.mark.parametrize(("price", "twin"), [(0.5, Dice), (1.0, Jaccard)])
def test_contains_dice_and_jaccard(price, twin):
    labels, _, logits = batch_for(3)
    loss = Tversky(alpha=price, beta=price, ignore_class=IGNORED)
    scores = scores_for(loss, logits)
    wanted = value_of(twin(ignore_class=IGNORED), labels, scores)
    np.testing.assert_allclose(value_of(loss, labels, scores), wanted, rtol=1e-6)


def test_equals_keras_with_its_prices_exchanged():
    labels = np.random.default_rng(2).integers(0, 2, (2, 4, 6, 1)).astype("float32")
    loss = Tversky(alpha=0.3, beta=0.7)
    scores = scores_for(loss, batch_for(1)[2])
    # Keras 3.15 calls misses "fp" and false alarms "fn": its α is the paper's β.
    theirs = keras.losses.Tversky(alpha=0.7, beta=0.3)
    np.testing.assert_allclose(
        value_of(loss, labels, scores), value_of(theirs, labels, scores), rtol=1e-6
    )


def test_refuses_negative_prices():
    with pytest.raises(ArgumentError, match="Received: alpha=-1"):
        Tversky(alpha=-1)
