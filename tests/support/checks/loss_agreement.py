"""Values and gradients of a loss against its NumPy twin."""

import keras
import numpy as np
from checks.gradients import gradient_of
from keras import ops

STEP = 1e-5


def scores_of(batch):
    """The scores as the loss takes them: logits, or probabilities."""
    if batch.options["from_logits"]:
        return batch.logits
    logits = batch.logits.astype("float64")
    if logits.shape[-1] == 1:
        return (1 / (1 + np.exp(-logits))).astype("float32")
    powers = np.exp(logits - logits.max(-1, keepdims=True))
    return (powers / powers.sum(-1, keepdims=True)).astype("float32")


def check_value(loss_class, by_hand, batch):
    """Equal in float32 to 1e-5 relative or 1e-6, and in float64 to 1e-9.

    The oracle computes in float64, from the same float32 scores.
    """
    scores = scores_of(batch)
    wanted = by_hand(
        batch.labels, scores.astype("float64"), batch.sample_weight, **batch.options
    )
    for dtype, tolerance in _precisions():
        loss = loss_class(**batch.options, dtype=dtype)
        value = loss(batch.labels, scores.astype(dtype), batch.sample_weight)
        value = ops.convert_to_numpy(value)
        assert value.shape == np.shape(wanted)
        np.testing.assert_allclose(value, wanted, **tolerance)


def check_gradient(loss_class, by_hand, batch):
    """The gradient against differences of the oracle, where float64 is at hand."""
    dtype = _precisions()[-1][0]
    scores = scores_of(batch).astype(dtype)
    options = {**batch.options, "reduction": "sum_over_batch_size"}
    loss = loss_class(**options, dtype=dtype)
    gradient = gradient_of(
        lambda x: loss(batch.labels, x, batch.sample_weight), scores, np.ones(())
    )
    wanted = np.zeros(scores.shape)
    for place in np.ndindex(scores.shape):
        values = []
        for step in (STEP, -STEP):
            moved = scores.astype("float64")
            moved[place] += step
            value = by_hand(batch.labels, moved, batch.sample_weight, **options)
            values.append(value)
        wanted[place] = (values[0] - values[1]) / (2 * STEP)
    exact = dtype == "float64"
    limit = {"rtol": 1e-5, "atol": 1e-7} if exact else {"rtol": 1e-3, "atol": 1e-4}
    np.testing.assert_allclose(gradient, wanted, **limit)


def _precisions():
    single = ("float32", {"rtol": 1e-5, "atol": 1e-6})
    if keras.backend.backend() == "jax":  # has no float64 unless it is switched on
        return [single]
    if keras.backend.backend() == "torch":  # where Keras divides in float32
        return [single, ("float64", {"rtol": 1e-6, "atol": 1e-7})]
    return [single, ("float64", {"rtol": 1e-9, "atol": 1e-9})]
