"""Curves and pictures in the form that TensorBoard reads, without TensorBoard."""

from __future__ import annotations

import re
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from PIL import Image

from kerasseg.errors import FileError

_VALIDATION = "val_"


class TensorBoardLog(keras.callbacks.Callback):
    """Writes losses and measures of each epoch; `tensorboard --logdir` shows them.

    `keras.callbacks.TensorBoard` needs the package tensorboard to write, this only to
    look at what was written.

    Args:
        folder: Where to put `train` and `validation`, which TensorBoard draws into one
            panel.

    Raises:
        FileError: While a training runs: the folder is a file, or the disk is full.
    """

    def __init__(self, folder: str | Path):
        super().__init__()
        self.folder = Path(folder)
        self._writers: dict[str, tf.summary.SummaryWriter] = {}

    def on_epoch_end(self, epoch, logs=None):
        with self._written():
            for name, value in (logs or {}).items():
                part = "validation" if name.startswith(_VALIDATION) else "train"
                self._write(part, name.removeprefix(_VALIDATION), value, epoch)
            for writer in self._writers.values():
                writer.flush()

    def add_pictures(self, name: str, pictures: list[np.ndarray], epoch: int) -> None:
        """Writes pictures, `(height, width, 3)` uint8."""
        height, width, _ = pictures[0].shape
        encoded = [str(width).encode(), str(height).encode(), *map(_png, pictures)]
        with self._written(), self._writer("validation").as_default():
            tf.summary.write(name, tf.constant(encoded), epoch, _metadata("images", 3))

    def on_train_end(self, logs=None):
        with self._written():
            for writer in self._writers.values():
                writer.close()
        self._writers = {}

    @contextmanager
    def _written(self):
        """Tells what TensorFlow says of files as all others here do."""
        try:
            yield
        except tf.errors.OpError as error:
            line = re.sub(r"^{{.*?}} | \[Op:.*", "", error.message.splitlines()[0])
            reason = line.rpartition("; ")[2]  # the file, where there is a semicolon
            raise FileError(self.folder, f"cannot write logs: {reason}") from error

    def _write(self, part, name, value, epoch):
        with self._writer(part).as_default():
            value = tf.constant(float(value))
            tf.summary.write(name, value, epoch, _metadata("scalars", 1))

    def _writer(self, part):
        if part not in self._writers:
            path = str(self.folder / part)
            self._writers[part] = tf.summary.create_file_writer(path)
        return self._writers[part]


def _metadata(plugin: str, data_class: int):
    """Tells TensorBoard which of its plugins is to show a value."""
    metadata = tf.compat.v1.SummaryMetadata()
    metadata.plugin_data.plugin_name = plugin
    metadata.data_class = data_class
    return metadata


def _png(picture):
    buffer = BytesIO()
    Image.fromarray(picture).save(buffer, format="PNG")
    return buffer.getvalue()
