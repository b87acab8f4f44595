"""Training data as epochs that can be entered at any batch, and as one stream."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Protocol

import keras
import tensorflow as tf

from kerasseg.data.pipeline.untuned import untuned
from kerasseg.errors import ArgumentError
from kerasseg.training.data_checks import (
    check_full,
    check_rank,
    check_steps,
    checked_length,
    length,
    warn_of_hooks,
)
from kerasseg.training.leaving import let_go_at_exit
from kerasseg.training.position import START, Position

_AHEAD = 2  # batches that are ready before the step asks for them


class Batches(Protocol):
    """What a training reads: `kerasseg.data.Pipeline` is one, and so may yours be.

    Attributes:
        steps_per_epoch: Batches in an epoch.
    """

    steps_per_epoch: int

    def epoch(self, epoch: int, start_step: int = 0) -> tf.data.Dataset:
        """The batches of an epoch from a step on, the same whenever they are asked."""
        ...


def as_batches(data: Any, steps_per_epoch: int | None = None) -> Batches:
    """Brings any data that Keras trains on into the form that can be entered anywhere.

    Args:
        data: A `kerasseg.data.Pipeline` or another object with `steps_per_epoch` and
            `epoch(epoch, start_step)`; a `tf.data.Dataset` of batches; or a
            `keras.utils.PyDataset`. A dataset must give the same batches each time it
            is read, or a resumed run will not equal one that was never stopped: shuffle
            with `reshuffle_each_iteration=False`, or use a `Pipeline`. For the same
            reason a `PyDataset` has one order in all epochs: its `on_epoch_begin` and
            `on_epoch_end` are not called. Several machines must all read the same
            batches, so give a dataset that is shuffled there a `seed`.
        steps_per_epoch: For a dataset whose length TensorFlow does not know, how many
            batches it has. One that never ends (`repeat()`) is cut into epochs of so
            many steps, each of which goes on where the one before ended; it is read
            anew and skipped so far, so that shuffled ones need a `seed`.

    Raises:
        ArgumentError: The data are of another kind, empty, or of unknown length or
            rank; or their length is known, and not `steps_per_epoch`.
    """
    if hasattr(data, "epoch") and hasattr(data, "steps_per_epoch"):
        check_steps(steps_per_epoch, data.steps_per_epoch)
        return data
    if isinstance(data, tf.data.Dataset):
        data = _without_none(data)
        tf.nest.map_structure(check_rank, data.element_spec)
        return _DatasetBatches(data, length(data, steps_per_epoch))
    if isinstance(data, keras.utils.PyDataset):
        check_steps(steps_per_epoch, len(data))
        warn_of_hooks(type(data))
        return _PyDatasetBatches(data)
    raise ArgumentError(
        "Data must be a kerasseg.data.Pipeline, a tf.data.Dataset or a "
        f"keras.utils.PyDataset. Received: {type(data).__name__}"
    )


def endless_batches(data: Any, start: Position = START) -> tf.data.Dataset:
    """All batches of a run from a position on, epoch after epoch without end.

    Give it to `model.fit` together with `steps_per_epoch` and `initial_epoch`; see
    `ResumableCheckpoint`.

    Args:
        data: What `as_batches` takes, or what it returns: a dataset of unknown length
            is told there how many batches it has.
        start: The first epoch and step, as `ResumableCheckpoint.restore` returns it.

    Returns:
        A dataset that always begins with the batch of `start.first_step`.

    Raises:
        ArgumentError: The data are of another kind, empty, or of unknown length.

    Example:

    >>> import tensorflow as tf
    >>> batches = endless_batches(tf.data.Dataset.range(5), Position(0, 3))
    >>> [int(batch) for batch in batches.take(4)]
    [3, 4, 0, 1]
    """
    batches = as_batches(data)
    let_go_at_exit()

    spec = batches.epoch(start.epoch, start.first_step).element_spec
    return untuned(
        tf.data.Dataset.from_generator(
            lambda: following(batches, start),
            output_signature=tf.nest.map_structure(_any_batch_size, spec),
        ).prefetch(_AHEAD)
    )


def following(batches: Batches, start: Position) -> Iterator[Any]:
    """The batches from a position on, one by one without end.

    Raises:
        ArgumentError: An epoch has other than `steps_per_epoch` batches.
    """
    epoch, step = start.epoch, start.first_step
    while True:
        for batch in untuned(batches.epoch(epoch, step)):
            yield batch
            step += 1
        check_full(epoch, step, batches.steps_per_epoch)
        epoch, step = epoch + 1, 0


class MappedBatches:
    """Batches with a function on each, as `tf.data.Dataset.map` applies it.

    Attributes:
        origin: The batches as they are without it.
    """

    def __init__(self, batches: Batches, function: Callable):
        self.steps_per_epoch = batches.steps_per_epoch
        self.origin = batches
        self._function = function

    def epoch(self, epoch: int, start_step: int = 0) -> tf.data.Dataset:
        return self.origin.epoch(epoch, start_step).map(self._function)


class _DatasetBatches:
    def __init__(self, dataset, steps_per_epoch):
        self.steps_per_epoch = steps_per_epoch
        self._dataset = dataset
        self._is_endless = dataset.cardinality() == tf.data.INFINITE_CARDINALITY

    def epoch(self, epoch: int, start_step: int = 0) -> tf.data.Dataset:
        first = epoch * self.steps_per_epoch if self._is_endless else 0
        dataset = self._dataset.skip(first + start_step)
        return dataset.take(self.steps_per_epoch - start_step)


class _PyDatasetBatches:
    def __init__(self, dataset):
        self.steps_per_epoch = checked_length(len(dataset), "its __len__")
        self._dataset = dataset

    def epoch(self, epoch: int, start_step: int = 0) -> tf.data.Dataset:
        def generate():
            for step in range(start_step, self.steps_per_epoch):
                yield tf.nest.map_structure(tf.convert_to_tensor, self._dataset[step])

        example = tf.nest.map_structure(tf.convert_to_tensor, self._dataset[start_step])
        return tf.data.Dataset.from_generator(
            generate, output_signature=tf.nest.map_structure(_any_size, example)
        )


def _without_none(dataset: tf.data.Dataset) -> tf.data.Dataset:
    """The dataset without a `None` in place of weights, which Keras takes."""
    spec = dataset.element_spec
    if not isinstance(spec, tuple) or not isinstance(spec[-1], tf.NoneTensorSpec):
        return dataset
    return _without_none(dataset.map(lambda *parts: parts[:-1]))


def _any_batch_size(spec):
    check_rank(spec)
    return tf.TensorSpec([None, *spec.shape[1:]] if spec.shape.rank else [], spec.dtype)


def _any_size(tensor):
    """Any batch size, and any size of images and maps: both may change on the way."""
    shape = [None] * min(3, tensor.shape.rank) + list(tensor.shape[3:])
    return tf.TensorSpec(shape, tensor.dtype)
