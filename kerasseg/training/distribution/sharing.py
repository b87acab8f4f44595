"""Parts of batches: of each worker, then of each of its replicas."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import tensorflow as tf

from kerasseg.data.pipeline.untuned import untuned
from kerasseg.errors import ArgumentError
from kerasseg.training.batches import Batches
from kerasseg.training.data_checks import check_each


def share_batches(
    batches: Batches, index: int, count: int, replicas: int, *, training: bool
) -> Batches:
    """The part of one worker of every batch.

    Data with a method `shard`, such as `kerasseg.data.Pipeline`, read no more than
    that; of others the whole batch is read, and the part taken out.

    Args:
        batches: Whole batches.
        index: Of the worker.
        count: How many workers there are.
        replicas: How many devices all of them have.
        training: Whether each replica must get an image.

    Raises:
        ArgumentError: The last batch has too few images, and that is known beforehand.
            Else it is raised when such a batch is read, whole, by every worker.
    """
    last = getattr(batches, "last_batch_size", None)
    if training and last is not None:
        check_batch_size(last, replicas)
    if count == 1:
        return batches
    if hasattr(batches, "shard"):
        return batches.shard(index, count, uneven=True)
    return _Rows(batches, index, count, replicas if training else 0)


def check_batch_size(images: int, replicas: int) -> None:
    """Raises `ArgumentError` if a replica would train on nothing."""
    if images < replicas:
        raise ArgumentError(
            f"A batch of {images} images cannot train {replicas} replicas, of which "
            "each needs one: drop the remainder, or choose another batch size. "
            f"Received: a batch of {images}"
        )


def parts_of(batch: Any, count: int) -> list[Any]:
    """A batch cut into so many parts, the first ones larger by one where uneven."""
    images = int(tf.nest.flatten(batch)[0].shape[0])
    return [rows(batch, *_range(images, part, count)) for part in range(count)]


def rows(batch: Any, begin: Any, end: Any) -> Any:
    """Images, masks and weights from one image to another."""
    return tf.nest.map_structure(lambda values: values[begin:end], batch)


def batch_size(batch: Any) -> int:
    """How many images a batch holds."""
    return int(tf.nest.flatten(batch)[0].shape[0])


def with_empty_batches(batches: Batches) -> Iterator[Any]:
    """The first epoch, in which a worker without a last batch gets an empty one."""
    dataset = untuned(batches.epoch(0))
    steps = 0
    for batch in dataset:
        yield batch
        steps += 1
    for _ in range(steps, batches.steps_per_epoch):
        yield tf.nest.map_structure(_empty, dataset.element_spec)


def filled(batch: Any) -> Any:
    """An image of zeros where there is none, for nets that need one to run."""
    if batch_size(batch):
        return batch
    return tf.nest.map_structure(
        lambda values: tf.zeros([1, *values.shape[1:]], values.dtype), batch
    )


class _Rows:
    """A worker's rows of batches that each worker reads whole.

    Args:
        batches: Whole ones.
        index: Of the worker.
        count: How many workers there are.
        least: How many images each whole batch must have.
    """

    def __init__(self, batches: Batches, index: int, count: int, least: int):
        self.steps_per_epoch = batches.steps_per_epoch
        self._batches = batches
        self._share = index, count
        self._least = least

    def epoch(self, epoch: int, start_step: int = 0) -> tf.data.Dataset:
        def part(*batch):
            images = tf.shape(tf.nest.flatten(batch)[0])[0]
            return rows(batch, *_range(images, *self._share))

        batches = self._batches.epoch(epoch, start_step)
        batches = check_each(batches, lambda n: check_batch_size(n, self._least))
        return batches.map(part)


def _range(images, index, count):
    """Where a part begins and ends; numbers or tensors."""
    whole, more = images // count, images % count
    smaller = tf.minimum if isinstance(images, tf.Tensor) else min
    return (
        index * whole + smaller(index, more),
        (index + 1) * whole + smaller(index + 1, more),
    )


def _empty(spec):
    return tf.zeros([0, *spec.shape[1:]], spec.dtype)
