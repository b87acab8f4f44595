"""The sliding window with the crops cut inside the graph, at the speed of TensorFlow.

`kerasseg.inference.predict_sliding` cuts its crops in NumPy and hands them over one
batch at a time. Here the image enters TensorFlow once, and a batch is a block of
windows.
"""

from __future__ import annotations

from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf


@dataclass(frozen=True)
class Grid:
    """Where the windows stand: `rows × columns` of them, all of one size."""

    rows: int
    columns: int
    window: tuple[int, int]
    stride: tuple[int, int]

    @property
    def count(self) -> int:
        return self.rows * self.columns

    def blocks(self, batch_size: int) -> list[tuple[int, int, int, int]]:
        """Blocks `(top, left, rows, columns)` that cover the grid, none twice."""
        width = min(batch_size, self.columns)
        height = max(batch_size // self.columns, 1)
        return [
            (top, left, min(height, self.rows - top), min(width, self.columns - left))
            for top in range(0, self.rows, height)
            for left in range(0, self.columns, width)
        ]


def crops(image: tf.Tensor, grid: Grid, top, left, rows: int, columns: int):
    """The windows of one block, `(rows * columns, height, width, channels)`.

    Slices first by row and then by column: few operations in the graph, and none that
    XLA turns into a convolution, as it does `tf.image.extract_patches`. The block
    itself is gathered, since XLA would compile a slice anew for each place.
    """
    (height, width), (dy, dx) = grid.window, grid.stride
    lines = top * dy + tf.range((rows - 1) * dy + height)
    block = tf.gather(image, lines)
    if columns < grid.columns:
        lines = left * dx + tf.range((columns - 1) * dx + width)
        block = tf.gather(block, lines, axis=1)
    bands = tf.stack([block[i * dy : i * dy + height] for i in range(rows)])
    windows = [bands[:, :, j * dx : j * dx + width] for j in range(columns)]
    return tf.reshape(tf.stack(windows, axis=1), (-1, height, width, image.shape[-1]))


def call_per_batch(model: keras.Model, grid: Grid, batch_size: int, jit_compile: bool):
    """A function from image to `(rows, columns, classes)`, one graph call a batch."""

    # The block's shape is part of the graph and its place is not: at most four traces.
    @tf.function(jit_compile=jit_compile)
    def scores_of(image, top, left, rows: int, columns: int):
        return model(crops(image, grid, top, left, rows, columns), training=False)

    blocks = grid.blocks(batch_size)
    places = [(tf.constant(top), tf.constant(left)) for top, left, *_ in blocks]

    def run(image):
        parts = [
            scores_of(image, *place, *block[2:]).numpy()
            for place, block in zip(places, blocks, strict=True)
        ]
        return _assemble(parts, blocks, grid)

    return run


def call_once(model: keras.Model, grid: Grid, batch_size: int):
    """The same with all batches in one graph, which may run several at a time."""
    blocks = grid.blocks(batch_size)

    @tf.function
    def scores_of(image):
        return [model(crops(image, grid, *block), training=False) for block in blocks]

    def run(image):
        return _assemble([part.numpy() for part in scores_of(image)], blocks, grid)

    return run


def _assemble(parts, blocks, grid: Grid) -> np.ndarray:
    scores = np.empty((grid.rows, grid.columns, parts[0].shape[-1]), np.float32)
    for part, (top, left, rows, columns) in zip(parts, blocks, strict=True):
        place = scores[top : top + rows, left : left + columns]
        place[...] = part.reshape(place.shape)
    return scores
