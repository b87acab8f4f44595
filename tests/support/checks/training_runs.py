"""Small trainings that can be cut anywhere, and all that they end with."""

from __future__ import annotations

import hashlib

import keras
import numpy as np
import tensorflow as tf

import zoo
from kerasseg.training.batches import endless_batches
from kerasseg.training.fitting import fit
from kerasseg.training.resumable_checkpoint import ResumableCheckpoint

STEPS, EPOCHS = 3, 2


class SquaresInNoise:
    """Batches that are a function of the epoch and the step."""

    def __init__(self, seed=0, steps=STEPS, size=16, channels=3):
        self.steps_per_epoch = steps
        self._shape = (2, size, size, channels)
        self._seed = seed

    def epoch(self, epoch, start_step=0):
        steps = range(start_step, self.steps_per_epoch)
        batches = [self._batch(epoch, step) for step in steps]
        empty = np.zeros((0, *self._shape), "float32")
        images = np.stack([x for x, _ in batches]) if batches else empty
        masks = np.stack([y for _, y in batches]) if batches else empty[..., 0]
        return tf.data.Dataset.from_tensor_slices((images, masks.astype("int32")))

    def _batch(self, epoch, step):
        random = np.random.default_rng([self._seed, epoch, step])
        images = random.random(self._shape, np.float32)
        masks = np.zeros(self._shape[:3], np.int32)
        size = self._shape[1] // 2
        for image, mask in zip(images, masks, strict=True):
            y, x = random.integers(size, size=2)
            image[y : y + size, x : x + size] += 1
            mask[y : y + size, x : x + size] = 1
        return images, masks


def unet_with_dropout():
    options = {"padding": "same", "base_filters": 4, "depth": 2, "dropout": 0.5}
    model = zoo.UNet((None, None, 3), 2, **options)
    _compile(model, keras.optimizers.Adam(1e-2, use_ema=True, ema_momentum=0.9))
    return model


def segnet_with_batch_normalization():
    model = zoo.SegNetBasic((None, None, 3), 2, base_filters=4)
    _compile(model, keras.optimizers.SGD(0.05, momentum=0.9))
    return model


NETS = {"unet": unet_with_dropout, "segnet": segnet_with_batch_normalization}


def _compile(model, optimizer):
    loss = "sparse_categorical_crossentropy"
    model.compile(optimizer, loss, metrics=["accuracy"])


def train(net, folder, *extra, every_steps=1, epochs=EPOCHS, batches=None):
    """Trains from wherever the folder says; returns the outcome.

    Args:
        net: A name of `NETS`.
        folder: Where the checkpoints are.
        extra: Further callbacks, called before the checkpoint is.
        every_steps: Steps between checkpoints.
        epochs: Of the whole run.
        batches: Other data.
    """
    batches = batches or SquaresInNoise()
    keras.utils.set_random_seed(3)
    model = NETS[net]()
    stateful = [
        keras.callbacks.EarlyStopping(patience=50, restore_best_weights=True),
        keras.callbacks.ReduceLROnPlateau(patience=1, min_delta=0.5),
    ]
    checkpoint = ResumableCheckpoint(folder, every_steps, callbacks=stateful)
    start = checkpoint.restore(model)
    model.fit(
        endless_batches(batches, start),
        steps_per_epoch=batches.steps_per_epoch,
        initial_epoch=start.epoch,
        epochs=epochs,
        validation_data=SquaresInNoise(seed=1).epoch(0),
        verbose=0,
        callbacks=[*stateful, keras.callbacks.History(), *extra, checkpoint],
    )
    return outcome(model, stateful)


def train_in_folder(folder, epochs):
    """A run of `fit` that writes all that it can, from wherever the folder says."""
    keras.utils.set_random_seed(3)
    model = unet_with_dropout()
    data = SquaresInNoise(), SquaresInNoise(seed=1)
    options = {"run_dir": folder, "resume": True, "every_steps": 1, "verbose": 0}
    fit(model, *data, epochs=epochs, **options)
    return outcome(model)


def outcome(model, stateful=()):
    """Every bit that a training leaves behind, in a form that can be compared."""
    variables = [*model.variables, *model.optimizer.variables]
    arrays = [keras.ops.convert_to_numpy(variable) for variable in variables]
    return {
        "weights": hashlib.sha256(b"".join(a.tobytes() for a in arrays)).hexdigest(),
        "history": model.history.history,
        "epochs": model.history.epoch,
        "best": [float(callback.best) for callback in stateful],
    }
