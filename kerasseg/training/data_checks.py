"""What data for a training must be, and may not be, told before they mislead."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import keras
import tensorflow as tf

from kerasseg.data.pipeline.read_errors import remembered
from kerasseg.errors import ArgumentError, KerasSegWarning


def length(dataset: tf.data.Dataset, steps_per_epoch: int | None) -> int:
    """How many batches an epoch has: all there are, or `steps_per_epoch`."""
    known = int(dataset.cardinality())
    if known == tf.data.UNKNOWN_CARDINALITY or known == tf.data.INFINITE_CARDINALITY:
        if steps_per_epoch is None:
            raise ArgumentError(
                "The length of this tf.data.Dataset is unknown or infinite; give "
                "kerasseg.training.as_batches(dataset, steps_per_epoch) in its place. "
                "Received: steps_per_epoch=None"
            )
        return checked_length(steps_per_epoch, "steps_per_epoch")
    check_steps(steps_per_epoch, known)
    return checked_length(known, "its cardinality")


def check_steps(steps_per_epoch: int | None, known: int) -> None:
    """Refuses epochs that are a part of the data, the same part each time."""
    if steps_per_epoch is not None and steps_per_epoch != known:
        raise ArgumentError(
            f"The data have {known} batches, and an epoch is all of them: leave "
            "steps_per_epoch out, or for epochs of another length repeat() a "
            "tf.data.Dataset without end. "
            f"Received: steps_per_epoch={steps_per_epoch}"
        )


def check_rank(spec: tf.TypeSpec) -> None:
    """Refuses tensors of which not even the number of axes is known."""
    shape = getattr(spec, "shape", None)  # which a None lacks
    if shape is not None and shape.rank is None:
        raise ArgumentError(
            "The data hold tensors of unknown rank, as tf.numpy_function and "
            "tf.py_function give them; call set_shape on each, such as "
            f"images.set_shape([None, None, None, 3]). Received: {spec}"
        )


def warn_of_hooks(kind: type[keras.utils.PyDataset]) -> None:
    """Warns if the data would be shuffled by what is not called."""
    for name in ("on_epoch_begin", "on_epoch_end"):
        if getattr(kind, name) is not getattr(keras.utils.PyDataset, name):
            warnings.warn(
                f"{kind.__name__}.{name} is not called, as a resumed run must find the "
                "same batches: every epoch has them in the same order. Use a "
                "kerasseg.data.Pipeline, or an object with epoch(epoch, start_step), "
                "to have them in another one each time.",
                KerasSegWarning,
                stacklevel=3,
            )


def checked_length(count: int, source: str) -> int:
    """The number of batches, if there are any."""
    if count < 1:
        raise ArgumentError(f"The data hold no batch. Received: {source}={count}")
    return count


def check_each(
    batches: tf.data.Dataset, check: Callable[[int], None]
) -> tf.data.Dataset:
    """The same batches, each read only if its number of images passes the check."""

    def passes(images):
        check(int(images))
        return True

    def checked(*batch):
        images = tf.shape(tf.nest.flatten(batch)[0])[0]
        passed = tf.numpy_function(remembered(passes), [images], tf.bool)
        with tf.control_dependencies([passed]):
            return tf.nest.map_structure(tf.identity, batch)

    return batches.map(checked)


@remembered
def check_full(epoch: int, steps: int, wanted: int) -> None:
    """Refuses an epoch after which the next begins elsewhere in a resumed run."""
    if steps != wanted:
        raise ArgumentError(
            f"Epoch {epoch + 1} of the training data has {steps} batches; "
            "steps_per_epoch must be as many, or the data repeat() without end. "
            f"Received: steps_per_epoch={wanted}"
        )
