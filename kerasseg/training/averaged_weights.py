"""The moving average of the weights, put in their place for a while."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import keras
import numpy as np

_SUFFIX = "_average"


@contextmanager
def averaged_weights(model: keras.Model) -> Iterator[None]:
    """Gives the model the averages that its optimizer keeps, and takes them back.

    Without `use_ema` nothing changes. The weights come back with the same bits, which
    Keras's `SwapEMAWeights` does not promise: it exchanges them by sums.
    """
    pairs = _pairs(model)
    kept = [np.array(keras.ops.convert_to_numpy(weight)) for weight, _ in pairs]
    for weight, average in pairs:
        # A copy: JAX's compiled steps take over the buffers of the weights that they
        # are given, and the average would be gone with them.
        weight.assign(keras.ops.copy(average))
    try:
        yield
    finally:
        for (weight, _), values in zip(pairs, kept, strict=True):
            weight.assign(values)


class EvaluateAverage(keras.callbacks.Callback):
    """Validates with the moving average of the weights, where the optimizer keeps one.

    Example:

    >>> import numpy as np
    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    >>> model.compile(keras.optimizers.SGD(use_ema=True), "mse")
    >>> data = np.ones((4, 2)), np.ones((4, 1))
    >>> history = model.fit(
    ...     *data, validation_data=data, verbose=0, callbacks=[EvaluateAverage()]
    ... )
    """

    def on_test_begin(self, logs=None):
        self._exchange = averaged_weights(self.model)
        self._exchange.__enter__()

    def on_test_end(self, logs=None):
        self._exchange.__exit__(None, None, None)


def _pairs(model):
    optimizer = model.optimizer
    optimizer = getattr(optimizer, "inner_optimizer", optimizer)
    if not getattr(optimizer, "use_ema", False):
        return []
    averages = [v for v in optimizer.variables if v.path.endswith(_SUFFIX)]
    return list(zip(model.trainable_variables, averages, strict=True))
