"""What replicas tell one another within a step."""

from __future__ import annotations

from typing import Any

import tensorflow as tf


class Exchange:
    """The batch of all replicas, in its order, known to each of them.

    Made in the replicas, where all must call the same methods in the same order.

    Args:
        count: How many images this replica has.

    Attributes:
        context: Of the replica. Another `run` has another one, and must enter this one
            to go back through what was exchanged.
        images: How many all replicas have.
    """

    def __init__(self, count: Any):
        self.context = context = tf.distribute.get_replica_context()
        own = context.replica_id_in_sync_group
        mine = tf.one_hot(own, context.num_replicas_in_sync, dtype=tf.int32)
        counts = self.sum(tf.cast(count, tf.int32) * mine)
        self._begin = tf.reduce_sum(counts[:own])
        self._count = count
        self.images = tf.reduce_sum(counts)

    def sum(self, value: Any) -> Any:
        """The sum over all replicas."""
        value = tf.nest.map_structure(tf.identity, value)  # arguments have no device
        return self.context.all_reduce(tf.distribute.ReduceOp.SUM, value)

    @property
    def share(self) -> Any:
        """Which part of the images of the batch this replica has."""
        return tf.cast(self._count, "float32") / tf.cast(self.images, "float32")

    def gather(self, values: Any) -> Any:
        """The whole batch, out of the parts of all replicas; no gradient flows back.

        A sum of parts with zeros around them: of unequal parts, TensorFlow's own
        `all_gather` mixes up its messages.
        """
        return tf.nest.map_structure(self._gather, values)

    def own_rows(self, whole: Any, *, of: Any) -> Any:
        """This replica's part of the whole batch.

        Args:
            whole: Of the images of all replicas.
            of: What this replica has; zeros stand for rows that are of no image.
        """
        part = whole[self._begin : self._begin + self._count]
        none = tf.shape(of)[0] - self._count
        return tf.pad(part, [[0, none]] + [[0, 0]] * (part.shape.rank - 1))

    def _gather(self, part):
        if part is None:
            return None
        part = part[: self._count]
        after = self.images - self._begin - self._count
        margins = [[self._begin, after]] + [[0, 0]] * (part.shape.rank - 1)
        summed = _summed_as(part.dtype)
        return tf.cast(self.sum(tf.pad(tf.cast(part, summed), margins)), part.dtype)


def _summed_as(dtype):
    """A type that devices can exchange, for they take few, and that holds it."""
    if dtype.is_bool or dtype.is_integer:
        return tf.int32 if dtype.size < 4 or dtype == tf.int32 else tf.int64
    return dtype


def any_batch_size(values: Any) -> Any:
    """Hides how many images there are: replicas of other sizes get the same graph.

    Otherwise TensorFlow simplifies the graph of a replica that has a single image,
    which then exchanges other things than its neighbours do.
    """

    def hide(tensor):
        shape = [None, *tensor.shape[1:]] if tensor.shape.rank else []
        return tf.compat.v1.placeholder_with_default(tensor, shape)

    return tf.nest.map_structure(hide, values)
