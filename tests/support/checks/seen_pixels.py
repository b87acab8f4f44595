"""The pixels a cell really sees, found by touching every pixel of the image."""

import keras
import numpy as np


def make_monotone(model):
    """Gives a net positive kernels, so that no two influences can cancel out."""
    random = np.random.default_rng(0)
    for weight in model.weights:
        if weight.name.endswith("kernel"):
            weight.assign(random.uniform(0.5, 1.0, weight.shape))


def seen_boxes(model, image_size):
    """For each cell of a monotone net, the box around all pixels that change it.

    Args:
        model: A net with one channel in and one map out; `make_monotone` was called.
        image_size: `(height, width)`.

    Returns:
        A mapping from `(row, column)` to `(top, left, bottom, right)`, half-open, or to
        `None` for a cell that no pixel changes.
    """
    height, width = image_size
    count = height * width
    images = np.zeros((count + 1, height, width, 1), np.float32)  # the last: untouched
    images.reshape(count + 1, count)[np.arange(count), np.arange(count)] = 1000.0
    maps = keras.ops.convert_to_numpy(model.predict(images, batch_size=256, verbose=0))
    maps = maps.reshape(count + 1, *(maps.shape[1:-1] or (1, 1)), -1).sum(-1)
    changed = (maps[:-1] != maps[-1]).reshape(height, width, *maps.shape[1:])
    return {
        cell: _box_around(changed[:, :, cell[0], cell[1]])
        for cell in np.ndindex(maps.shape[1:])
    }


def _box_around(mask):
    ys, xs = np.nonzero(mask)
    if not len(ys):
        return None
    return int(ys.min()), int(xs.min()), int(ys.max()) + 1, int(xs.max()) + 1
