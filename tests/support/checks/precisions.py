"""What a test of double precision needs."""

import keras
import pytest

needs_float64 = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow",
    reason="JAX has no float64 unless it is switched on; Keras's PyTorch leaves it",
)
