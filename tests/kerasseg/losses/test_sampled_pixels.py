import keras
import numpy as np
import pytest
from checks.losses import IGNORED, batch_for, check_loss, gradient, value_of

from kerasseg.errors import ArgumentError
from kerasseg.losses import (
    Boundary,
    CrossEntropy,
    Dice,
    SampledPixels,
    WeightedSum,
    signed_distance_map,
)

OPTIONS = {"ignore_class": IGNORED, "from_logits": True}


@pytest.mark.parametrize("amount", [{"fraction": 0.5}, {"count": 8}])
def test_is_a_good_loss(amount):
    both = WeightedSum([CrossEntropy(**OPTIONS), Dice(**OPTIONS)])
    check_loss(SampledPixels, {"loss": both, "seed": 3, **amount}, sampled=True)


def chosen(loss, seed=0, shape=(2, 16, 16)):
    """Which pixels count for a batch of that seed, by their gradients."""
    random = np.random.default_rng(seed)
    logits = random.normal(size=(*shape, 2)).astype("float32")
    labels = random.integers(0, 2, shape)
    return np.any(gradient(loss, labels, logits) != 0, axis=-1)


def test_counts_as_many_as_asked_for():
    assert chosen(SampledPixels(CrossEntropy(from_logits=True), count=37)).sum() == 37
    assert chosen(SampledPixels(CrossEntropy(from_logits=True), count=9999)).all()


def test_of_a_fraction_each_pixel_has_the_same_chance():
    loss = SampledPixels(CrossEntropy(from_logits=True), fraction=0.3)
    draws = np.stack([chosen(loss, seed, (1, 8, 8)) for seed in range(60)])
    assert abs(draws.mean() - 0.3) < 5 * np.sqrt(0.3 * 0.7 / draws.size)
    by_pixel = draws.mean(0)
    assert np.abs(by_pixel - 0.3).max() < 5 * np.sqrt(0.3 * 0.7 / 60)


def test_a_batch_draws_the_same_and_another_batch_or_seed_others():
    loss = SampledPixels(CrossEntropy(from_logits=True), fraction=0.5)
    other = SampledPixels(CrossEntropy(from_logits=True), fraction=0.5, seed=1)
    np.testing.assert_array_equal(chosen(loss), chosen(loss))
    assert np.any(chosen(loss) != chosen(loss, seed=1))
    assert np.any(chosen(loss) != chosen(other))


def test_is_the_loss_of_the_pixels_drawn():
    labels, _, logits = batch_for(3)
    loss = SampledPixels(CrossEntropy(**OPTIONS), count=5)
    drawn = np.any(gradient(loss, labels, logits) != 0, axis=-1)
    assert not drawn[labels == IGNORED].any()
    wanted = value_of(CrossEntropy(**OPTIONS), np.where(drawn, labels, IGNORED), logits)
    np.testing.assert_allclose(value_of(loss, labels, logits), wanted, rtol=1e-6)


def test_draws_anew_at_every_step_of_training():
    image = keras.Input((None, None, 1))
    scores = keras.layers.Conv2D(2, 1, kernel_initializer="zeros")(image)
    model = keras.Model(image, scores)
    loss = SampledPixels(CrossEntropy(from_logits=True), count=8)
    model.compile(keras.optimizers.SGD(0.5), loss)
    images = np.random.default_rng(0).normal(size=(1, 16, 16, 1)).astype("float32")
    labels = (images[..., 0] > 0).astype("int32")
    whole = CrossEntropy(from_logits=True)
    before = value_of(whole, labels, model(images))
    for _ in range(60):
        model.train_on_batch(images, labels)
    # 8 pixels that stayed the same would not teach where the threshold of all lies.
    drawn = [chosen_by(loss, labels, model(images))]
    model.train_on_batch(images, labels)
    drawn.append(chosen_by(loss, labels, model(images)))
    assert np.any(drawn[0] != drawn[1])
    assert value_of(whole, labels, model(images)) < before / 2


def chosen_by(loss, labels, scores):
    scores = keras.ops.convert_to_numpy(scores)
    return np.any(gradient(loss, labels, scores) != 0, axis=-1)


def test_works_with_distances():
    labels, _, logits = batch_for(3)
    distances = np.stack([signed_distance_map(mask, 3, IGNORED) for mask in labels])
    both = WeightedSum([Dice(from_logits=True), Boundary(from_logits=True)])
    loss = SampledPixels(both, fraction=1.0)
    wanted = value_of(both, distances, logits)
    np.testing.assert_allclose(value_of(loss, distances, logits), wanted, rtol=1e-6)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "Received: fraction=None, count=None"),
        ({"fraction": 0.5, "count": 3}, "Received: fraction=0.5, count=3"),
        ({"fraction": 0}, "Received: fraction=0"),
        ({"count": 2.5}, "Received: count=2.5"),
        ({"loss": keras.losses.MeanSquaredError(), "count": 1}, "loss of kerasseg"),
    ],
)
def test_refuses(arguments, message):
    with pytest.raises(ArgumentError, match=message):
        SampledPixels(**{"loss": CrossEntropy(), **arguments})
