"""Small trainings with what several devices easily get wrong, on any strategy."""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

from kerasseg.losses import CrossEntropy, Jaccard, WeightedSum
from kerasseg.training import fit

SIZE = 4  # of images, in pixels


def train_untame(strategy, images=7, shuffled=True, stop=None):
    """Layers within layers, added losses, small integers, a sum, other metrics.

    Args:
        strategy: Of `make_strategy`.
        images: To train on, in batches of 4.
        shuffled: Whether the order turns each time that the data are read.
        stop: Index of a worker that stops in the middle of an epoch, or `None`.
    """
    keras.utils.set_random_seed(3)
    return _outcome(
        _nested_net(),
        _data(images, shuffled=shuffled),
        _data(5),
        optimizer=keras.optimizers.SGD(1e-3, momentum=0.9),
        loss=CrossEntropy(from_logits=True, reduction="sum"),
        metrics=[Pair(), Several()],
        callbacks=[Stop()] if stop == strategy.index else [],
        strategy=strategy,
    )


def train_by_all_losses(strategy, images=7):
    """One output for each kind of loss that Keras divides by replicas, or does not."""
    keras.utils.set_random_seed(3)
    of_keras = keras.losses.SparseCategoricalCrossentropy
    reductions = ("sum", "mean", "sum_over_batch_size", "mean_with_sample_weight")
    losses = [of_keras(from_logits=True, reduction=name) for name in reductions]
    parts = [CrossEntropy(from_logits=True, reduction="sum"), Jaccard(from_logits=True)]
    losses += [mean_loss, MeanLoss(), WeightedSum(parts)]
    inputs = keras.Input((SIZE, SIZE, 2))
    x = layers.Conv2D(3, 3, padding="same", kernel_regularizer="l2")(inputs)
    return _outcome(
        keras.Model(inputs, [layers.Conv2D(2, 1, name=f"out{i}")(x) for i in range(7)]),
        _data(images, weighted=True),
        None,
        optimizer=keras.optimizers.SGD(0.01),
        loss=losses,
        loss_weights=[0.03, 0.5, 1.0, 2.0, 0.4, 0.3, 0.02],
        strategy=strategy,
    )


def _outcome(net, train, held_out, **options):
    history = fit(net, train, held_out, epochs=2, verbose=0, **options).history
    return {
        "history": {name: np.array(found).tolist() for name, found in history.items()},
        "weights": [weight.tolist() for weight in net.get_weights()],
    }


def _data(images, shuffled=False, weighted=False):
    numbers = np.random.default_rng(images)
    values = numbers.random((images, SIZE, SIZE, 2), "float32")
    masks = (values[..., 0] > 0.5).astype("uint8")
    weights = numbers.random(masks.shape, "float32")
    data = (values, masks, weights) if weighted else (values, masks)
    data = tf.data.Dataset.from_tensor_slices(data)
    return (data.shuffle(images, seed=5) if shuffled else data).batch(4)


def _nested_net():
    inputs = keras.Input((SIZE, SIZE, 2))
    x = layers.Conv2D(3, 3, padding="same", activity_regularizer="l2")(inputs)
    x = Normalized()(x)
    x = layers.TimeDistributed(layers.BatchNormalization(momentum=0.5))(x)
    x = layers.ReLU(activity_regularizer=keras.regularizers.L1(0.1))(x)
    return keras.Model(inputs, layers.Conv2D(2, 1, kernel_regularizer="l2")(x))


class Normalized(layers.Layer):
    """Holds a normalisation, and adds to the loss."""

    def __init__(self, **options):
        super().__init__(**options)
        self.normalization = layers.BatchNormalization(momentum=0.5)

    def build(self, input_shape):
        self.normalization.build(input_shape)
        super().build(input_shape)

    def call(self, x, training=None):
        self.add_loss(0.1 * ops.mean(ops.square(x)))
        return self.normalization(x, training=training)


class Pair(keras.metrics.Metric):
    """Two numbers, by their names."""

    def __init__(self, name="pair", **options):
        super().__init__(name=name, **options)
        self.sums = self.add_weight(shape=(2,), initializer="zeros", name="sums")

    def update_state(self, y_true, y_pred, sample_weight=None):
        means = [ops.mean(y_pred[..., index]) for index in range(2)]
        self.sums.assign_add(ops.stack(means))

    def result(self):
        return {"first": self.sums[0], "second": self.sums[1]}


class Several(Pair):
    """The same as one array."""

    def __init__(self, name="several", **options):
        super().__init__(name=name, **options)

    def result(self):
        return self.sums * 1.0  # itself, it would change in the history


class Stop(keras.callbacks.Callback):
    """Ends the training after the first of two steps of the first epoch."""

    def on_train_batch_end(self, batch, logs=None):
        self.model.stop_training = True


def mean_loss(y_true, y_pred):
    """A number, not one for each pixel, of which Keras would take the mean itself."""
    found = keras.losses.sparse_categorical_crossentropy(
        y_true, y_pred, from_logits=True
    )
    return ops.mean(found)


class MeanLoss(keras.losses.Loss):
    """The same as a loss of its own."""

    def call(self, y_true, y_pred):
        return mean_loss(y_true, y_pred)
