"""What replicas tell one another within a step."""

from __future__ import annotations

from typing import Any

import tensorflow as tf


class Exchange:
    """The batch of all replicas, in its order, known to each of them.

    Made in the replicas, where all must call the same methods in the same order.

    Args:
        count: How many images this replica has.
    """

    def __init__(self, count: Any):
        context = tf.distribute.get_replica_context()
        self._context = context
        self.replicas = context.num_replicas_in_sync
        own = context.replica_id_in_sync_group
        mine = tf.one_hot(own, context.num_replicas_in_sync, dtype=tf.int32)
        counts = self.sum(tf.cast(count, tf.int32) * mine)
        self._begin = tf.reduce_sum(counts[:own])
        self._count = count
        self.images = tf.reduce_sum(counts)

    def sum(self, value: Any) -> Any:
        """The sum over all replicas."""
        value = tf.nest.map_structure(tf.identity, value)  # arguments have no device
        return self._context.all_reduce(tf.distribute.ReduceOp.SUM, value)

    def gather(self, values: Any) -> Any:
        """The whole batch, out of the parts of all replicas; no gradient flows back.

        A sum of parts with zeros around them: of unequal parts, TensorFlow's own
        `all_gather` mixes up its messages.
        """
        return tf.nest.map_structure(self._gather, values)

    def gather_scores(self, scores: Any) -> Any:
        """The same, with a gradient for this replica's own part."""
        return tf.nest.map_structure(self._gather_with_gradient, scores)

    def _gather(self, part):
        if part is None:
            return None
        part = part[: self._count]
        after = self.images - self._begin - self._count
        margins = [[self._begin, after]] + [[0, 0]] * (part.shape.rank - 1)
        if part.dtype == tf.bool:
            whole = self.sum(tf.pad(tf.cast(part, tf.int32), margins))
            return tf.cast(whole, tf.bool)
        return self.sum(tf.pad(part, margins))

    def _gather_with_gradient(self, part):
        whole = self._gather(tf.stop_gradient(part))
        end = self._begin + self._count
        return tf.concat([whole[: self._begin], part, whole[end:]], axis=0)


def any_batch_size(values: Any) -> Any:
    """Hides how many images there are: replicas of other sizes get the same graph.

    Otherwise TensorFlow simplifies the graph of a replica that has a single image,
    which then exchanges other things than its neighbours do.
    """

    def hide(tensor):
        shape = [None, *tensor.shape[1:]] if tensor.shape.rank else []
        return tf.compat.v1.placeholder_with_default(tensor, shape)

    return tf.nest.map_structure(hide, values)
