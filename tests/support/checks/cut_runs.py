"""Small trainings on vectors, and what cuts a training at a given moment."""

import os
import signal

import keras
import numpy as np
from checks.training_runs import SquaresInNoise

from kerasseg.training.batches import endless_batches
from kerasseg.training.resumable_checkpoint import ResumableCheckpoint


class Cut(Exception):
    pass


class CutAt(keras.callbacks.Callback):
    """Ends the training when an event has come so many times."""

    def __init__(self, event, count, how):
        super().__init__()
        self.count = count
        self.how = how
        setattr(self, event, self._tick)

    def _tick(self, *arguments, **options):
        self.count -= 1
        if self.count == 0:
            self.how()


def cut():
    raise Cut


def terminate():
    os.kill(os.getpid(), signal.SIGTERM)


def small_model(units=3, optimizer="sgd", metrics=("mse",)):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(units, name="d")])
    model.compile(optimizer, "mse", metrics=list(metrics))
    return model


def fit_small(model, folder, *callbacks, **options):
    """Trains on eight vectors; returns the callback."""
    checkpoint = ResumableCheckpoint(folder, callbacks=callbacks, **options)
    first = checkpoint.restore(model).epoch
    data = np.ones((8, 2)), np.ones((8, model.output_shape[-1]))
    options = {"initial_epoch": first, "epochs": 2, "batch_size": 2, "verbose": 0}
    model.fit(*data, callbacks=[*callbacks, checkpoint], **options)
    return checkpoint


class SquaresOnLine(SquaresInNoise):
    """Vectors in place of images."""

    def __init__(self, steps=4):
        self.steps_per_epoch = steps

    def epoch(self, epoch, start_step=0):
        import tensorflow as tf

        values = np.ones((self.steps_per_epoch - start_step, 2, 2), "float32")
        return tf.data.Dataset.from_tensor_slices(
            (values, np.ones((*values.shape[:2], 3)))
        )


def fit_line(model, data, folder, *extra, epochs=3, every_steps=1, keep=2):
    checkpoint = ResumableCheckpoint(folder, every_steps, keep=keep)
    start = checkpoint.restore(model)
    model.fit(
        endless_batches(data, start),
        steps_per_epoch=data.steps_per_epoch,
        initial_epoch=start.epoch,
        epochs=epochs,
        verbose=0,
        callbacks=[*extra, checkpoint],
    )
