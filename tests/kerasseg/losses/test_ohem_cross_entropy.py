"""Oracle: the definition in NumPy."""

import numpy as np
import pytest
from checks import losses_by_hand
from checks.drawn_batches import IGNORED, batches, sixty, ten_thousand
from checks.loss_agreement import check_gradient, check_value, scores_of
from checks.losses import batch_for, check_loss, scores_for, value_of
from hypothesis import assume
from hypothesis import strategies as st

from kerasseg.errors import ArgumentError
from kerasseg.losses import CrossEntropy, OhemCrossEntropy

OWN = {
    "threshold": st.sampled_from([0.0, 0.4, 0.7]),
    "min_kept": st.sampled_from([0, 1, 5]),
}
DRAWN = batches(**OWN)
GENTLE = batches(gentle=True, **OWN)


@pytest.mark.parametrize(
    ("channels", "options"),
    [(1, {"min_kept": 6}), (3, {"from_logits": True, "min_kept": 1})],
)
def test_is_a_good_loss(channels, options):
    check_loss(OhemCrossEntropy, {"ignore_class": IGNORED, **options}, channels)


def agrees(batch):
    scores = scores_of(batch).astype("float64")
    assume(
        not losses_by_hand.ohem_hangs_on_rounding(
            batch.labels, scores, batch.sample_weight, **batch.options
        )
    )
    check_value(OhemCrossEntropy, losses_by_hand.ohem, batch)


def has_its_gradient(batch):
    check_gradient(OhemCrossEntropy, losses_by_hand.ohem, batch)


test_equals_the_definition = sixty(agrees, DRAWN)
test_gradient_equals_differences = sixty(has_its_gradient, GENTLE)
test_equals_the_definition_often = pytest.mark.long(ten_thousand(agrees, DRAWN))


def test_keeps_the_hard_pixels_and_as_many_as_asked():
    true = np.array([0.9, 0.65, 0.3, 0.8, 0.6], "float32")
    scores = np.stack([true, 1 - true], axis=-1)[None, None]
    labels = np.zeros((1, 1, 5), int)
    for threshold, least, kept in [(0.7, 0, 3), (0.7, 4, 4), (0.5, 2, 2), (0.1, 9, 5)]:
        loss = OhemCrossEntropy(threshold, least)
        wanted = -np.log(np.sort(true)[:kept]).mean()
        np.testing.assert_allclose(value_of(loss, labels, scores), wanted, rtol=1e-6)


def test_keeps_all_that_are_clipped_to_one_bound():
    # The sums by which they are divided differ in the last bits.
    scores = np.array([[[[0, 1e-4, 0.9999, 0], [0, 1e-4, 0.0067, 0.9932]]]], "float32")
    loss = OhemCrossEntropy(0.0, min_kept=1, reduction=None)
    assert np.all(value_of(loss, np.zeros((1, 1, 2), int), scores) > 16)


@pytest.mark.parametrize("from_logits", [True, False])
def test_keeps_no_more_of_a_net_that_is_sure(from_logits):
    """Probabilities near 1 are all but equal, and their losses are not."""
    margins = np.linspace(9, 14, 100)
    logits = np.stack([margins, np.zeros(100)], -1)[None, None].astype("float32")
    scores = (
        logits if from_logits else np.exp(logits) / np.exp(logits).sum(-1)[..., None]
    )
    loss = OhemCrossEntropy(0.5, 10, from_logits=from_logits, reduction=None)
    assert np.sum(value_of(loss, np.zeros((1, 1, 100), int), scores) > 0) == 10


def test_that_keeps_all_is_cross_entropy():
    labels, _, logits = batch_for(3)
    all_of_them = OhemCrossEntropy(ignore_class=IGNORED)
    scores = scores_for(all_of_them, logits)
    np.testing.assert_allclose(
        value_of(all_of_them, labels, scores),
        value_of(CrossEntropy(ignore_class=IGNORED), labels, scores),
        rtol=1e-6,
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"threshold": 1.5}, "Received: threshold=1.5"),
        ({"min_kept": 2.5}, "Received: min_kept=2.5"),
    ],
)
def test_refuses_options_out_of_range(options, message):
    with pytest.raises(ArgumentError, match=message):
        OhemCrossEntropy(**options)
