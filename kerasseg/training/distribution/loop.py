"""The epochs of a training, with the callbacks called as Keras calls them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

import keras
import tensorflow as tf

from kerasseg.training.batches import Batches, following
from kerasseg.training.distribution.shared_checkpoint import SharedCheckpoint
from kerasseg.training.distribution.sharing import (
    batch_size,
    check_batch_size,
    filled,
    parts_of,
    with_empty_batches,
)
from kerasseg.training.distribution.steps import Steps
from kerasseg.training.position import Position

if TYPE_CHECKING:
    from kerasseg.training.distribution.replicas import Replicas


def run_epochs(
    replicas: Replicas,
    steps: Steps,
    batches: Batches,
    held_out: Batches | None,
    start: Position,
    epochs: int,
    callbacks: Sequence[keras.callbacks.Callback],
    verbose: int,
    checkpoint: SharedCheckpoint | None,
) -> None:
    """Trains; every worker calls this with its own part of the batches.

    Args:
        replicas: The devices.
        steps: Of the placed model.
        batches: To train on.
        held_out: To validate on after each epoch, or `None`.
        start: Where to go on.
        epochs: Of the whole run.
        callbacks: As for `model.fit`.
        verbose: As for `model.fit`.
        checkpoint: The one among the callbacks, or `None`.
    """
    model = steps.model
    called = keras.callbacks.CallbackList(
        list(callbacks),
        add_history=True,
        add_progbar=verbose != 0,
        verbose=verbose,
        epochs=epochs,
        steps=batches.steps_per_epoch,
        model=model,
    )
    loop = _Loop(replicas, steps, called, checkpoint)
    stream = following(batches, start)
    model.stop_training = False
    first = epochs if start.finished else start.epoch
    if first < epochs:
        batch = next(stream)  # not read anew, which would turn the order of a shuffle
        steps.build(filled(batch))
        stream = chain([batch], stream)
    called.on_train_begin()
    logs: dict[str, float] = {}
    for epoch in range(first, epochs):
        logs = loop.train(epoch, stream, batches.steps_per_epoch)
        if held_out is not None:
            found = loop.validate(held_out)
            logs |= {f"val_{name}": value for name, value in found.items()}
        called.on_epoch_end(epoch, logs)
        # Last bits may differ between machines, and so what each would decide.
        stops = bool(replicas.chiefs([bool(model.stop_training)])[0])
        model.stop_training = stops and (model.stop_training or True)
        if stops:
            break
    model.optimizer.finalize_variable_values(model.trainable_variables)
    called.on_train_end(logs)


class _Loop:
    def __init__(self, replicas, steps, callbacks, checkpoint):
        self._replicas = replicas
        self._steps = steps
        self._callbacks = callbacks
        self._checkpoint = checkpoint

    def train(self, epoch: int, stream: Iterator[Any], count: int) -> dict[str, float]:
        model, called = self._steps.model, self._callbacks
        model.reset_metrics()
        called.on_epoch_begin(epoch)
        for step in range(count):
            called.on_train_batch_begin(step)
            batch = next(stream)
            if self._replicas.workers == 1:
                check_batch_size(batch_size(batch), self._replicas.replicas)
            logs, requests = self._steps.train(self._parts(batch))
            self._heed(requests)
            called.on_train_batch_end(step, logs)
            if self._replicas.any(model.stop_training):
                model.stop_training = model.stop_training or True  # as it was set here
                break
        return self._steps.results()  # a resumed epoch had others at its first step

    def validate(self, batches: Batches) -> dict[str, float]:
        model, called = self._steps.model, self._callbacks
        model.stop_evaluating = False
        called.on_test_begin()
        model.reset_metrics()
        logs: dict[str, float] = {}
        for step, batch in enumerate(with_empty_batches(batches)):
            called.on_test_batch_begin(step)
            logs, requests = self._steps.test(self._parts(batch))
            self._heed(requests)
            called.on_test_batch_end(step, logs)
            if self._replicas.any(model.stop_evaluating):
                break
        called.on_test_end(logs)
        return logs

    def _parts(self, batch):
        """What each device here gets: its images, how many they are, any request."""
        parts = parts_of(batch, self._replicas.devices)
        asks = self._checkpoint is not None and self._checkpoint.hears_request
        spread = self._replicas.spread
        return (
            spread(lambda number: filled(parts[number])),
            spread(lambda number: tf.constant(batch_size(parts[number]))),
            spread(lambda number: tf.constant(int(asks and number == 0))),
        )

    def _heed(self, requests):
        if requests and self._checkpoint is not None:
            self._checkpoint.end_after_this_step()
