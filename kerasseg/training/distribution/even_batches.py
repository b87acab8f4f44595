"""Batches of which each device gets as many images."""

from __future__ import annotations

import tensorflow as tf

from kerasseg.errors import ArgumentError
from kerasseg.training.batches import Batches
from kerasseg.training.data_checks import check_each


def check_batch_size(images: int, devices: int) -> None:
    """Raises `ArgumentError` if no batch could be shared evenly by the devices."""
    if images % devices:
        raise ArgumentError(
            f"Batches of {images} images cannot be shared evenly by {devices} devices: "
            f"choose a batch size that divides by {devices}. "
            f"Received: batch_size={images}"
        )


def check_even(images: int, devices: int) -> None:
    """Raises `ArgumentError` unless each device of all processes gets as many images.

    No process has the images of the others, so none can compute the whole batch.
    """
    if images % devices:
        raise ArgumentError(
            f"A batch of {images} images cannot be shared evenly by {devices} devices, "
            "which JAX needs in several processes: choose another batch size, drop the "
            "remainder (drop_remainder=True of the Pipeline), use all devices in one "
            "process, or the strategy multi_worker of TensorFlow, which shares any. "
            f"Received: a batch of {images}"
        )


def sizes_of(batches: Batches) -> list[int | None]:
    """How many images the batches of an epoch have; `None` where that is not known."""
    names = ["batch_size", "last_batch_size"]
    if batches.steps_per_epoch == 1:
        del names[0]
    return [getattr(batches, name, None) for name in names]


class EvenBatches:
    """Batches whose sizes are not known beforehand, each of which must be even.

    Args:
        batches: Whole ones.
        devices: Those of all processes.
    """

    def __init__(self, batches: Batches, devices: int):
        self.steps_per_epoch = batches.steps_per_epoch
        self._batches = batches
        self._devices = devices

    def epoch(self, epoch: int, start_step: int = 0) -> tf.data.Dataset:
        batches = self._batches.epoch(epoch, start_step)
        return check_each(batches, lambda images: check_even(images, self._devices))
