"""Batches of labels and scores, drawn by hypothesis: few shapes, any masks."""

from typing import NamedTuple

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

IGNORED = 255
SHAPES = [(1, 1, 1), (1, 2, 3), (2, 3, 4)]


class Batch(NamedTuple):
    labels: np.ndarray  # int32 (B, H, W)
    logits: np.ndarray  # float32 (B, H, W, C)
    sample_weight: np.ndarray | None  # (B, H, W), (B,) or None
    options: dict  # of the loss


@st.composite
def batches(draw, gentle=False, **more_options):
    """Batches with options of the loss.

    Args:
        gentle: Whether for derivatives: few pixels, with scores away from the bounds.
        more_options: Strategies of other options.
    """
    shape = draw(st.sampled_from(SHAPES[:2] if gentle else SHAPES))
    channels = draw(st.sampled_from([1, 2, 4]))
    classes = max(2, channels)
    ids = st.sampled_from([*range(classes), IGNORED])
    numbers = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    scale = draw(st.sampled_from([0.3, 0.6] if gentle else [0.3, 3.0, 12.0]))
    logits = numbers.normal(size=(*shape, channels), scale=scale)
    options = {
        "ignore_class": draw(st.sampled_from([IGNORED, (0, IGNORED)])),
        "from_logits": draw(st.booleans()),
        "class_weight": draw(
            st.sampled_from([None, {1: 0.25}, [0.5, 2.0, 0.0, 3.0][:classes]])
        ),
        "reduction": draw(
            st.sampled_from([None, "sum", "sum_over_batch_size", "mean"])
            | st.just("mean_with_sample_weight")
        ),
    }
    options |= {name: draw(values) for name, values in more_options.items()}
    return Batch(
        draw(arrays("int32", shape, elements=ids)),
        logits.astype("float32"),
        _weights(numbers, shape, draw(st.sampled_from([None, "pixels", "images"]))),
        options,
    )


def _weights(numbers, shape, kind):
    if kind is None:
        return None
    size = shape if kind == "pixels" else shape[:1]
    return numbers.choice([0.0, 0.5, 1.0, 3.0], size).astype("float32")


def sixty(check, strategy):
    """A test of 60 batches, always the same."""
    return settings(max_examples=60, derandomize=True, **_COMMON)(
        given(batch=strategy)(check)
    )


def ten_thousand(check, strategy):
    """A test of 10 000 others; mark it long."""
    return settings(max_examples=10_000, **_COMMON)(given(batch=strategy)(check))


_COMMON = {"deadline": None, "database": None, "print_blob": False}
