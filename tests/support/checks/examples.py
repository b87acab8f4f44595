"""How many examples hypothesis draws where each has shapes of its own."""

import keras
from hypothesis import settings

_COMPILES = 4  # times fewer under JAX, which compiles every operation for every shape


def examples(count):
    """Settings for `count` examples, no time limit on any of them."""
    if keras.backend.backend() == "jax":
        count = max(count // _COMPILES, 4)
    return settings(max_examples=count, deadline=None)
