"""The chief's records, kept of the user's own model rather than of its copies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import keras

from kerasseg.training.distribution.placement import collect_model


class Records(keras.callbacks.Callback):
    """Calls callbacks that write files, with a model that any machine can load.

    The copy that is trained belongs to its devices, and has synchronized
    BatchNormalization, which other backends refuse.

    Args:
        model: The model that was placed; it gets the weights at the end of each epoch.
        callbacks: What writes.
        alone: In its context, this process computes without the others.
    """

    def __init__(
        self,
        model: keras.Model,
        callbacks: Sequence[keras.callbacks.Callback],
        alone: Callable[[], AbstractContextManager] = nullcontext,
    ):
        super().__init__()
        self._alone = alone
        self.host = model
        self.callbacks = list(callbacks)

    def set_params(self, params: dict[str, Any]) -> None:
        super().set_params(params)
        for callback in self.callbacks:
            callback.set_params(params)

    def set_model(self, model: keras.Model) -> None:
        super().set_model(model)
        for callback in self.callbacks:
            callback.set_model(self.host)

    def on_train_begin(self, logs=None):
        self.host.history = self.model.history
        self._call("on_train_begin", logs)

    def on_epoch_begin(self, epoch, logs=None):
        self._call("on_epoch_begin", epoch, logs)

    def on_epoch_end(self, epoch, logs=None):
        with self._alone():
            collect_model(self.model, self.host)
        self._call("on_epoch_end", epoch, logs)

    def on_train_end(self, logs=None):
        with self._alone():
            collect_model(self.model, self.host)
        self._call("on_train_end", logs)

    def _call(self, name, *arguments):
        with self._alone():
            for callback in self.callbacks:
                getattr(callback, name)(*arguments)
