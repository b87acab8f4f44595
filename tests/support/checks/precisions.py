"""What a test of double precision needs."""

import keras
import pytest

needs_float64 = pytest.mark.skipif(
    keras.backend.backend() == "jax",
    reason="JAX computes in float32 unless float64 is switched on",
)
