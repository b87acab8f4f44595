"""Oracles: the definition in NumPy, and Keras's own loss."""

import keras
import numpy as np
import pytest
from checks import losses_by_hand
from checks.drawn_batches import IGNORED, batches, sixty, ten_thousand
from checks.loss_agreement import check_gradient, check_value
from checks.losses import batch_for, check_loss, gradient, scores_for, value_of
from hypothesis import strategies as st

from kerasseg.errors import ArgumentError
from kerasseg.losses import Dice, Jaccard, LovaszSoftmax, Tversky

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
    [(1, {"smooth": 1.0}), (3, {"from_logits": True, "per_image": True})],
)
def test_is_a_good_loss(channels, options):
    check_loss(Dice, {"ignore_class": IGNORED, **options}, channels)


def agrees(batch):
    check_value(Dice, losses_by_hand.dice, batch)


def has_its_gradient(batch):
    check_gradient(Dice, losses_by_hand.dice, batch)


test_equals_the_definition = sixty(agrees, DRAWN)
test_gradient_equals_differences = sixty(has_its_gradient, GENTLE)
test_equals_the_definition_often = pytest.mark.long(ten_thousand(agrees, DRAWN))


def test_equals_keras_on_one_channel():
    labels = np.random.default_rng(2).integers(0, 2, (2, 4, 6, 1)).astype("float32")
    scores = scores_for(Dice(), batch_for(1)[2])
    np.testing.assert_allclose(
        value_of(Dice(), labels, scores),
        value_of(keras.losses.Dice(), labels, scores),
        rtol=1e-6,
    )


def test_squared_is_the_loss_of_v_net():
    p, g = np.array([0.9, 0.2, 0.6]), np.array([1, 0, 1])
    wanted = 1 - 2 * (p * g).sum() / ((p**2).sum() + (g**2).sum())
    scores = p.astype("float32").reshape(1, 1, 3, 1)
    value = value_of(Dice(squared=True), g.reshape(1, 1, 3), scores)
    np.testing.assert_allclose(value, wanted, rtol=1e-6)


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        ({}, 0.0),  # left out
        ({"classes": "all"}, 1.0),  # any prediction is wrong
        ({"classes": "all", "smooth": 1.0}, 1 - 1 / 1.5),  # the more, the worse
    ],
)
def test_an_absent_foreground(options, wanted):
    scores = np.full((1, 1, 2, 1), 0.25, "float32")
    value = value_of(Dice(**options), np.zeros((1, 1, 2), int), scores)
    np.testing.assert_allclose(value, wanted, rtol=1e-6)


@pytest.mark.parametrize("loss_class", [Dice, Jaccard])
@pytest.mark.parametrize(("probability", "wanted"), [(1e-25, 1.0), (0.0, 0.0)])
def test_squares_that_vanish_are_predictions(loss_class, probability, wanted):
    loss = loss_class(classes="all", squared=True)
    scores = np.full((1, 1, 2, 1), probability, "float32")
    value = value_of(loss, np.zeros((1, 1, 2), int), scores)
    np.testing.assert_array_equal(value, wanted)
    # Jaccard and Dice of an absent class have no slope, nor a derivative that is NaN.
    assert np.all(gradient(loss, np.zeros((1, 1, 2), int), scores) == 0)


@pytest.mark.parametrize("loss_class", [Dice, Jaccard, Tversky, LovaszSoftmax])
@pytest.mark.parametrize("per_image", [False, True])
def test_a_nan_of_a_class_that_no_pixel_has_shows_in_the_loss(loss_class, per_image):
    scores = np.full((2, 1, 2, 3), 1 / 3, "float32")
    scores[1, 0, 1, 2] = np.nan
    loss = loss_class(per_image=per_image)
    assert np.isnan(value_of(loss, np.array([[[0, 1]], [[1, 0]]]), scores))


def test_an_infinite_logit_of_several_shows_in_the_loss():
    logits = np.zeros((1, 1, 2, 3), "float32")
    logits[0, 0, 1, 2] = np.inf  # whose softmax is NaN
    assert np.isnan(value_of(Dice(from_logits=True), np.array([[[0, 1]]]), logits))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"classes": "some"}, "one of 'present', 'all'. Received: classes='some'"),
        ({"smooth": -1}, "Received: smooth=-1"),
    ],
)
def test_refuses_options_out_of_range(options, message):
    with pytest.raises(ArgumentError, match=message):
        Dice(**options)
