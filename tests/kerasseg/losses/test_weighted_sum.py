import keras
import numpy as np
import pytest
from checks.losses import IGNORED, batch_for, check_loss, scores_for, value_of

from kerasseg.errors import ArgumentError
from kerasseg.losses import (
    Boundary,
    CrossEntropy,
    Dice,
    LovaszSoftmax,
    WeightedSum,
    signed_distance_map,
)

OPTIONS = {"ignore_class": IGNORED, "from_logits": True}


def encode(labels):
    return np.stack([signed_distance_map(mask, 3, IGNORED) for mask in labels])


def test_is_a_good_loss():
    losses = [CrossEntropy(**OPTIONS), Dice(**OPTIONS)]
    check_loss(WeightedSum, {"losses": losses, "weights": [1.0, 0.5]})


def test_with_distances_is_a_good_loss():
    losses = [Dice(from_logits=True), Boundary(from_logits=True)]
    check_loss(WeightedSum, {"losses": losses, "weights": [1.0, 0.1]}, encode=encode)


def test_equals_the_sum():
    labels, _, logits = batch_for(3)
    weights = np.random.default_rng(1).uniform(size=labels.shape).astype("float32")
    losses = [CrossEntropy(**OPTIONS), LovaszSoftmax(**OPTIONS)]
    one, other = (value_of(loss, labels, logits, weights) for loss in losses)
    found = value_of(WeightedSum(losses, [2.0, 0.5]), labels, logits, weights)
    np.testing.assert_allclose(found, 2 * one + 0.5 * other, rtol=1e-6)
    found = value_of(WeightedSum(losses), labels, logits, weights)
    np.testing.assert_allclose(found, one + other, rtol=1e-6)


def test_gives_labels_to_those_that_take_no_distances():
    labels, distances, logits = batch_for(3, encode)
    dice, boundary = Dice(**OPTIONS), Boundary(from_logits=True)
    found = value_of(WeightedSum([dice, boundary]), distances, logits)
    wanted = value_of(dice, labels, logits) + value_of(boundary, distances, logits)
    np.testing.assert_allclose(found, wanted, rtol=1e-6)


def test_takes_losses_of_keras():
    labels, _, logits = batch_for(3)
    theirs = keras.losses.SparseCategoricalCrossentropy(True, IGNORED)
    found = value_of(WeightedSum([theirs, theirs]), labels, logits)
    wanted = 2 * value_of(CrossEntropy(**OPTIONS), labels, logits)
    np.testing.assert_allclose(found, wanted, rtol=1e-6)


def test_its_reduction_is_that_of_all():
    labels, _, logits = batch_for(3)
    losses = [CrossEntropy(**OPTIONS), CrossEntropy(**OPTIONS)]
    found = value_of(WeightedSum(losses, reduction="sum"), labels, logits)
    wanted = 2 * value_of(CrossEntropy(**OPTIONS, reduction="sum"), labels, logits)
    np.testing.assert_allclose(found, wanted, rtol=1e-6)
    assert losses[0].reduction == "sum_over_batch_size"


def test_probabilities_do_as_well():
    labels, _, logits = batch_for(3)
    losses = [CrossEntropy(ignore_class=IGNORED), Dice(ignore_class=IGNORED)]
    scores = scores_for(losses[0], logits)
    wanted = sum(value_of(loss, labels, scores) for loss in losses)
    np.testing.assert_allclose(
        value_of(WeightedSum(losses), labels, scores), wanted, rtol=1e-6
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([],), r"Received: losses=\[\]"),
        ((["mse"],), r"Received: losses=\['mse'\]"),
        (([Dice()], [1, 2]), r"Received: weights=\[1, 2\]"),
        (([Dice()], [-1]), "Received: weights=-1"),
    ],
)
def test_refuses(arguments, message):
    with pytest.raises(ArgumentError, match=message):
        WeightedSum(*arguments)
