"""What one replica computes of a batch, forth and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

from kerasseg.training.distribution.exchange import Exchange


class ReplicaPass:
    """Runs a model on the images of one replica, then takes gradients back through it.

    Between the two, and outside of the replicas, the loss of the whole batch is
    computed: in them Keras divides some losses by their number and leaves others.

    Args:
        model: A placed model.
        images: Of this replica; at least one, though it be no image of the batch.
        count: How many of them are images of the batch.
        training: Whether to train.

    Attributes:
        exchange: With the other replicas.
        scores: Of the images.
        added: What layers added to the loss (`add_loss`, activity regularizers): the
            mean over the images of all replicas, as such losses are of their batch.
    """

    def __init__(self, model: keras.Model, images: Any, count: Any, *, training: bool):
        self.exchange = exchange = Exchange(count)
        with tf.GradientTape() as self._tape:
            with _AddedLosses() as scope:
                self.scores = model(images, training=training)
            # Beside them are the regularizers of weights, which every replica has.
            self._share = exchange.share * _total([*scope.losses, *model.losses])
        self.added = tf.zeros(())
        if scope.losses:
            self.added = exchange.sum(exchange.share * _total(scope.losses))

    def back(self, by_scores: Any, by_added: Any, variables: Sequence[Any]) -> list:
        """The gradients of the loss of the whole batch, the same on all replicas.

        Args:
            by_scores: The gradient by the scores of the whole batch.
            by_added: The gradient by what is added to the loss.
            variables: By which to take gradients.

        Returns:
            Of each variable its gradient, or `None`.
        """
        ends = [(self._share, by_added)]
        for own, whole in zip(
            tf.nest.flatten(self.scores), tf.nest.flatten(by_scores), strict=True
        ):
            if own.dtype.is_floating:  # classes have no gradient
                ends.append((own, self.exchange.own_rows(whole, of=own)))
        targets, seeds = map(list, zip(*ends, strict=True))
        with self.exchange.context:
            return self._summed(self._tape.gradient(targets, variables, seeds))

    def _summed(self, gradients):
        known = [gradient for gradient in gradients if gradient is not None]
        known = [tf.convert_to_tensor(gradient) for gradient in known]
        summed = iter(self.exchange.sum(known) if known else [])
        return [None if gradient is None else next(summed) for gradient in gradients]


class _AddedLosses(keras.StatelessScope):
    """Collects what layers add to the loss in this replica's thread.

    `model.losses` would have those of several replicas, and not all of any. Unlike in
    other such scopes, variables are updated at once.
    """

    def __init__(self):
        super().__init__(collect_losses=True, initialize_variables=False)

    def add_update(self, update: tuple[keras.Variable, Any]) -> None:
        variable, value = update
        self.__exit__()  # in the scope, it would come here again
        try:
            variable.assign(value)
        finally:
            self.__enter__()


def _total(losses):
    return tf.add_n(
        [tf.zeros(()), *(tf.cast(tf.reduce_sum(x), "float32") for x in losses)]
    )
