"""`--deterministic`: the same bits in every run, on each backend in its own way."""

from __future__ import annotations

import os

from kerasseg.errors import UsageError

_FLAG = "--xla_gpu_deterministic_ops=true"


def compute_deterministically() -> None:
    """Lets the backend take no way whose result depends on the order of threads.

    Operations that have no other way raise errors of the backend.

    Raises:
        UsageError: JAX computes on a GPU, and was not told so before it began.
    """
    import keras

    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        tf.config.experimental.enable_op_determinism()
    elif backend == "torch":
        import torch

        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # cuBLAS's way
        torch.use_deterministic_algorithms(True)
    else:
        import jax

        is_told = _FLAG in os.environ.get("XLA_FLAGS", "")
        # The flag is for GPUs alone.
        if jax.default_backend() == "gpu" and not is_told:
            raise UsageError(
                "--deterministic: JAX reads this when it begins; set the environment "
                f"variable XLA_FLAGS={_FLAG} too"
            )
