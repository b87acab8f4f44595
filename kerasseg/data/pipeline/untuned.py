"""Datasets whose iterators end at once."""

from __future__ import annotations

import tensorflow as tf


def untuned(dataset: tf.data.Dataset) -> tf.data.Dataset:
    """The dataset without TensorFlow's tuning of threads while it is read.

    The thread that tunes sleeps ever longer, up to a minute, and now and then misses
    that its iterator is to end: whoever destroys it, at the end of every epoch, waits
    for as long as the epoch took (TensorFlow 2.21). Untuned, `AUTOTUNE` means a thread
    for each core, at most 16, from the beginning.

    A dataset whose options turn tuning on or off stays as it is.
    """
    if dataset.options().autotune.enabled is not None:
        return dataset
    options = tf.data.Options()
    options.autotune.enabled = False
    return dataset.with_options(options)
