"""Oracle: the paper's integral as a sum in NumPy; see `test_signed_distance.py`."""

import numpy as np
import pytest
from checks.losses import IGNORED, batch_for, check_loss, gradient, scores_for, value_of

from kerasseg.errors import ArgumentError
from kerasseg.losses import Boundary, signed_distance_map


def encoded(classes):
    def encode(labels):
        maps = [signed_distance_map(mask, classes, IGNORED) for mask in labels]
        return np.stack(maps)

    return encode


@pytest.mark.parametrize(
    ("channels", "options"),
    [(1, {"from_logits": True}), (3, {"class_weight": {0: 0.0}})],
)
def test_is_a_good_loss(channels, options):
    check_loss(
        Boundary,
        {"ignore_class": IGNORED, **options},
        channels,
        encode=encoded(channels),
    )


@pytest.mark.parametrize("channels", [1, 4])
def test_equals_the_sum(channels):
    labels, distances, logits = batch_for(channels, encoded(channels))
    loss = Boundary(class_weight={1: 0.5})
    scores = scores_for(loss, logits)
    weights = np.random.default_rng(1).uniform(size=labels.shape).astype("float32")
    by_class = np.ones(max(2, channels))
    by_class[1] = 0.5
    terms = distances * by_class[-channels:] / (labels != IGNORED).sum()
    terms = terms * weights[..., None]
    value = value_of(loss, distances, scores, weights)
    np.testing.assert_allclose(value, (terms * scores).sum(), rtol=1e-5)
    found = gradient(loss, distances, scores, weights)
    np.testing.assert_allclose(found, terms, rtol=1e-5, atol=1e-8)


def test_leaves_out_a_class_of_the_net():
    labels, distances, logits = batch_for(3, encoded(3))
    found = gradient(
        Boundary(ignore_class=0), distances, scores_for(Boundary(), logits)
    )
    assert np.all(found[labels == 0] == 0)
    assert np.all(found[labels == 1] != 0)


@pytest.mark.parametrize(
    ("y_true", "message"),
    [
        (np.zeros((1, 2, 2), int), r"Received: shape \(1, 2, 2\)"),
        (np.zeros((1, 2, 2, 1), int), r"Received: shape \(1, 2, 2, 1\)"),
        (np.eye(2, dtype="float32")[None, None].repeat(2, 1), "inside no class"),
    ],
)
def test_refuses_masks(y_true, message):
    with pytest.raises(ArgumentError, match=message):
        Boundary()(y_true, np.full((1, 2, 2, 2), 0.5, "float32"))
