"""The sliding window: a classifier run on every crop of an image, one after another."""

from __future__ import annotations

import keras
import numpy as np
from keras import tree

from kerasseg.errors import ArgumentError
from kerasseg.geometry import receptive_field
from kerasseg.inference.image_argument import image_as_array


def predict_sliding(
    model: keras.Model,
    image: np.ndarray,
    stride: int | tuple[int, int] | None = None,
    batch_size: int = 32,
):
    """Runs a classifier on windows of its own input size, slid over the image.

    This is what a fully convolutional net computes in one pass, done the plain way: the
    baseline to check it against and to measure it by.

    Args:
        model: A classifier with a fixed input size and one input.
        image: `(height, width, channels)`, in the range the classifier was trained on;
            `(height, width)` if its images have no channel axis.
        stride: Pixels between windows, one number or `(y, x)`; by default the stride of
            the classifier's receptive field, which is that of its converted net.
        batch_size: Windows a batch.

    Returns:
        Scores of shape `(rows, columns, classes)`, a structure of such arrays where the
        model has several outputs. Cell `(r, c)` belongs to the window whose top-left
        pixel is `(r * stride_y, c * stride_x)`; only whole windows count.

    Raises:
        ArgumentError: The model's input size is open, the image is smaller than the
            window or has another number of channels, or an argument is not positive.

    Example:

    >>> import keras, numpy as np
    >>> classifier = keras.Sequential([
    ...     keras.Input((8, 8, 1)), keras.layers.Flatten(), keras.layers.Dense(3)])
    >>> predict_sliding(classifier, np.zeros((10, 12, 1)), stride=2).shape
    (2, 3, 3)
    """
    window = _window_size(model)
    image = image_as_array(image, model.inputs[0].shape, "image")
    strides = _strides(model, stride)
    if batch_size != int(batch_size) or batch_size < 1:
        raise ArgumentError(
            f"batch_size must be positive. Received: batch_size={batch_size}"
        )
    if image.shape[0] < window[0] or image.shape[1] < window[1]:
        raise ArgumentError(
            f"The image is smaller than the classifier's window of {window[0]}×"
            f"{window[1]} pixels. Received: image of shape {image.shape}"
        )
    views = np.lib.stride_tricks.sliding_window_view(image, window, axis=(0, 1))
    views = views[:: strides[0], :: strides[1]]  # (rows, cols, C, h, w), no copy
    if image.ndim == 3:
        views = np.moveaxis(views, 2, -1)  # (rows, cols, h, w, C)
    rows, columns = views.shape[:2]
    batch_size = min(batch_size, rows * columns)
    places = np.indices((rows, columns)).reshape(2, -1)  # (2, rows * cols)
    batches = [
        _predict_places(model, views, places[:, first : first + batch_size], batch_size)
        for first in range(0, rows * columns, batch_size)
    ]
    return tree.map_structure(
        lambda *parts: np.concatenate(parts).reshape(rows, columns, -1), *batches
    )


def _predict_places(model, views, places, batch_size: int):
    """Scores for some windows; short batches are filled up, so one trace serves all."""
    count = places.shape[1]
    rows, columns = np.pad(places, ((0, 0), (0, batch_size - count)), mode="edge")
    scores = model.predict_on_batch(views[rows, columns])
    return tree.map_structure(
        lambda s: np.asarray(s)[:count].reshape(count, -1), scores
    )


def _window_size(model: keras.Model) -> tuple[int, int]:
    if len(model.inputs) != 1 or len(model.inputs[0].shape) not in (3, 4):
        raise ArgumentError(
            f"Model '{model.name}' must take one image of shape (height, width, "
            f"channels). Received: inputs {[tuple(t.shape) for t in model.inputs]}"
        )
    size = tuple(model.inputs[0].shape[1:3])
    if None in size:
        raise ArgumentError(
            f"Model '{model.name}' takes images of any size, so it has no window to "
            "slide. Pass the classifier itself, not its fully convolutional net."
        )
    return size


def _strides(model: keras.Model, stride) -> tuple[int, int]:
    if stride is None:
        stride = receptive_field(model).stride
    pair = stride if isinstance(stride, (tuple, list)) else (stride, stride)
    is_whole = all(isinstance(n, (int, float, np.number)) and n == int(n) for n in pair)
    if len(pair) != 2 or not is_whole or min(pair) < 1:
        raise ArgumentError(
            f"stride must be a positive integer or two. Received: stride={stride}"
        )
    return int(pair[0]), int(pair[1])
