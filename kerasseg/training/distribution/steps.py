"""One step of training or evaluation on all replicas, equal to one device's."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from kerasseg.training.distribution.exchange import Exchange, any_batch_size


class Steps:
    """Training and evaluation of a placed model, one batch at a time.

    Each replica runs its part of the batch, and learns the scores of the others: losses
    that divide by the labelled pixels, or compare whole regions, are no sums over
    replicas. So loss and metrics are those of one device, whatever they are. What it
    costs is the exchange of the scores, beside that of the gradients.

    Args:
        model: A placed model.
        strategy: Of TensorFlow.
    """

    def __init__(self, model: keras.Model, strategy: tf.distribute.Strategy):
        self.model = model
        self._strategy = strategy
        self._train = tf.function(self._train_all, reduce_retracing=True)
        self._test = tf.function(self._test_all, reduce_retracing=True)

    def train(self, parts: Any) -> tuple[dict[str, Any], int]:
        """Trains on a batch.

        Args:
            parts: Of every local replica: `(batch, count, request)`.

        Returns:
            The logs so far, and how many replicas request an end.
        """
        requests, images, loss = self._train(parts)
        self._tracker.update_state(loss, sample_weight=images)
        return self.results(), int(requests)

    def test(self, parts: Any) -> tuple[dict[str, Any], int]:
        """The same, without training."""
        requests, images, loss = self._test(parts)
        self._tracker.update_state(loss, sample_weight=images)
        return self.results(), int(requests)

    def results(self) -> dict[str, float]:
        """Loss and metrics so far, as numbers."""
        found = self.model.get_metrics_result()
        return {name: float(value) for name, value in found.items()}

    def build(self, batch: Any) -> None:
        """Makes the variables of metrics, outside of any replica.

        Args:
            batch: Any batch of at least one image.
        """
        images, masks, weights = keras.utils.unpack_x_y_sample_weight(batch)
        specs = tf.nest.map_structure(
            lambda x: keras.KerasTensor(
                x.shape, keras.backend.standardize_dtype(x.dtype)
            ),
            images,
        )
        scores = keras.tree.map_structure(
            lambda spec: tf.zeros(spec.shape, spec.dtype),
            self.model.compute_output_spec(specs),
        )
        self.model.compute_loss(y=masks, y_pred=scores, sample_weight=weights)
        self.model.compute_metrics(None, masks, scores, weights)
        self.model.reset_metrics()

    @property
    def _tracker(self):
        return next(metric for metric in self.model.metrics if metric.name == "loss")

    def _train_all(self, parts):
        done = self._strategy.run(self._train_part, args=parts)
        requests, images, loss, gradients, whole = map(self._local, done)
        # Outside of the replicas: the gradients are those of the whole batch, so that
        # they can be clipped; every replica's weights are given the same values.
        self.model.optimizer.apply(gradients, self.model.trainable_variables)
        self.model.compute_metrics(None, *whole)
        return requests, images, loss

    def _train_part(self, batch, count, request):
        model = self.model
        batch = any_batch_size(batch)
        images, masks, weights = keras.utils.unpack_x_y_sample_weight(batch)
        exchange = Exchange(count)
        with tf.GradientTape() as tape:
            scores = model(images, training=True)
            masks, weights = exchange.gather(masks), exchange.gather(weights)
            scores = exchange.gather_scores(scores)
            loss = model.compute_loss(
                x=images, y=masks, y_pred=scores, sample_weight=weights, training=True
            )
            replicas = exchange.replicas
            loss = loss * tf.cast(replicas, loss.dtype)  # Keras divides by them
            objective = loss
            if model.losses:  # every replica has them, and gradients are summed
                added = tf.add_n([tf.cast(x, loss.dtype) for x in model.losses])
                share = 1 - 1 / replicas
                objective = loss + share * (tf.stop_gradient(added) - added)
            objective = model.optimizer.scale_loss(objective)
        gradients = tape.gradient(objective, model.trainable_variables)
        return (
            exchange.sum(request),
            exchange.images,
            loss,
            self._summed(exchange, gradients),
            (masks, tf.nest.map_structure(tf.stop_gradient, scores), weights),
        )

    def _test_all(self, parts):
        done = self._strategy.run(self._test_part, args=parts)
        requests, images, whole = map(self._local, done)
        masks, scores, weights = whole
        loss = self.model.compute_loss(
            y=masks, y_pred=scores, sample_weight=weights, training=False
        )
        self.model.compute_metrics(None, masks, scores, weights)
        return requests, images, loss

    def _test_part(self, batch, count, request):
        batch = any_batch_size(batch)
        images, masks, weights = keras.utils.unpack_x_y_sample_weight(batch)
        exchange = Exchange(count)
        scores = self.model(images, training=False)
        whole = tuple(exchange.gather(part) for part in (masks, scores, weights))
        return exchange.sum(request), exchange.images, whole

    def _summed(self, exchange, gradients):
        known = [gradient for gradient in gradients if gradient is not None]
        known = [tf.convert_to_tensor(gradient) for gradient in known]
        summed = iter(exchange.sum(known) if known else [])
        return [None if gradient is None else next(summed) for gradient in gradients]

    def _local(self, values):
        """What the first replica here returned; of sums, all returned the same."""
        first = self._strategy.experimental_local_results
        return tf.nest.map_structure(lambda value: first(value)[0], values)
