"""Instance numbers, checked and counted from 1 without gaps."""

from __future__ import annotations

import numpy as np

from kerasseg.errors import ArgumentError


def as_instances(labels: np.ndarray) -> np.ndarray:
    """Instance numbers as int32, 0 for background, the others 1, 2, … without gaps.

    Raises:
        ArgumentError: They are not `(height, width)` integers of at least 0.
    """
    labels = np.asarray(labels)
    if labels.ndim != 2 or labels.dtype.kind not in "iub":
        raise ArgumentError(
            "labels must be integers of shape (height, width). "
            f"Received: {labels.dtype} of shape {labels.shape}"
        )
    numbers, dense = np.unique(labels, return_inverse=True)
    if numbers.size and numbers[0] < 0:
        raise ArgumentError(
            "labels must be at least 0, 0 for background. "
            f"Received: labels with {numbers[0]}"
        )
    first = 0 if numbers.size and numbers[0] == 0 else 1
    return (dense.reshape(labels.shape) + first).astype(np.int32)
