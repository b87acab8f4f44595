"""Random label maps for hypothesis, small enough to shrink and to check by hand."""

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

IGNORED = 255
# Few shapes, since JAX compiles every operation anew for each.
SHAPES = ((1, 4, 5), (3, 2, 3), (2, 1, 1))
COMMON = {
    "deadline": None,
    "database": None,
    "suppress_health_check": list(HealthCheck),
    "print_blob": False,
}
in_every_run = settings(max_examples=60, derandomize=True, **COMMON)
in_the_long_run = settings(max_examples=10_000, **COMMON)


@st.composite
def label_pairs(draw, classes=4):
    """True class ids, some of them ignored, and predicted ones: `(B, H, W)` int32."""
    shape = draw(st.sampled_from(SHAPES))
    # A label of which nothing is left, and a class that does not occur, are common.
    labels = draw(st.sampled_from([(0,), (1, 2), range(classes), (IGNORED,)]))
    kinds = st.sampled_from([*labels, IGNORED])
    true = draw(arrays(np.int32, shape, elements=kinds))
    predicted = draw(arrays(np.int32, shape, elements=st.integers(0, classes - 1)))
    return true, predicted


@st.composite
def instance_pairs(draw, sides=(1, 9), objects=4):
    """True and predicted instance ids, 0 the background: `(H, W)` int32."""
    shape = draw(st.tuples(*[st.integers(*sides)] * 2))
    ids = st.integers(0, draw(st.integers(0, objects)))
    true = draw(arrays(np.int32, shape, elements=ids))
    if draw(st.booleans()):  # alike, so that objects match
        flipped = draw(arrays(np.bool_, shape, elements=st.booleans(), fill=st.just(0)))
        return true, np.where(flipped, draw(ids), true).astype(np.int32)
    return true, draw(arrays(np.int32, shape, elements=ids))


def scores_of(labels, classes, seed=0):
    """Random scores, largest at the label."""
    scores = np.random.default_rng(seed).uniform(size=(*labels.shape, classes))
    return (scores + 1.01 * np.eye(classes)[labels]).astype("float32")
