"""One step of training or evaluation on all replicas, equal to one device's."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from kerasseg.training.distribution.exchange import any_batch_size
from kerasseg.training.distribution.replica_pass import ReplicaPass


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

    def results(self) -> dict[str, Any]:
        """Loss and metrics so far: numbers, and arrays where a metric has several."""
        return _as_logs(self.model.get_metrics_result())

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
        model = self.model
        passes, requests, images, added, whole = self._forth(parts, training=True)
        masks, scores, weights = whole
        with tf.GradientTape() as tape:
            tape.watch((scores, added))
            loss = self._loss(masks, scores, weights, added, training=True)
            objective = model.optimizer.scale_loss(loss)
        by_scores, by_added = tape.gradient(
            objective, (scores, added), unconnected_gradients="zero"
        )
        # Outside of the replicas: the gradients are those of the whole batch, so that
        # they can be clipped; every replica's weights are given the same values.
        gradients = self._strategy.run(self._back, args=(passes, by_scores, by_added))
        model.optimizer.apply(self._local(gradients), model.trainable_variables)
        model.compute_metrics(None, *whole)
        return requests, images, loss

    def _test_all(self, parts):
        _, requests, images, added, whole = self._forth(parts, training=False)
        loss = self._loss(*whole, added, training=False)
        self.model.compute_metrics(None, *whole)
        return requests, images, loss

    def _loss(self, masks, scores, weights, added, *, training):
        """Of the whole batch, outside of the replicas: in them Keras divides some."""
        loss = self.model.compute_loss(
            y=masks, y_pred=scores, sample_weight=weights, training=training
        )
        return loss + tf.cast(added, loss.dtype)

    def _forth(self, parts, *, training):
        """The pass of each replica, and what they know together."""

        def run(batch, count, request):
            batch = any_batch_size(batch)
            images, masks, weights = keras.utils.unpack_x_y_sample_weight(batch)
            done = ReplicaPass(self.model, images, count, training=training)
            gather = done.exchange.gather
            whole = gather(masks), gather(done.scores), gather(weights)
            request = done.exchange.sum(request)
            return done, request, done.exchange.images, done.added, whole

        passes, *known = self._strategy.run(run, args=parts)
        return passes, *map(self._local, known)

    def _back(self, done, by_scores, by_added):
        return done.back(by_scores, by_added, self.model.trainable_variables)

    def _local(self, values):
        """What the first replica here returned; of sums, all returned the same."""
        first = self._strategy.experimental_local_results
        return tf.nest.map_structure(lambda value: first(value)[0], values)


def _as_logs(found):
    """As Keras hands them to callbacks: those of a dict under their own names."""
    logs = {}
    for name, value in found.items():
        if isinstance(value, dict):
            logs |= _as_logs(value)
            continue
        value = keras.ops.convert_to_numpy(value)
        logs[name] = float(value.item()) if value.size == 1 else value
    return logs
