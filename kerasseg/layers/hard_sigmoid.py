"""The activation that Keras 1 and 2 called hard_sigmoid."""

from __future__ import annotations

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="kerasseg")
def hard_sigmoid_of_keras_2(x):
    """The sigmoid in three straight pieces: 0.2 x + 0.5, cut to [0, 1].

    Since Keras 3 `hard_sigmoid` has the slope 1/6 instead of 0.2. Old models come back
    with the one that they were trained with.

    Args:
        x: A tensor.

    Returns:
        A tensor of the same shape.

    Example:

    >>> import numpy as np
    >>> print(hard_sigmoid_of_keras_2(np.array([-3.0, -1.0, 0.0, 1.0, 3.0])).numpy())
    [0.  0.3 0.5 0.7 1. ]
    """
    return ops.clip(0.2 * x + 0.5, 0.0, 1.0)
