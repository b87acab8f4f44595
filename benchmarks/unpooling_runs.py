"""Three ways to pool with indices and unpool by them, and how each is run."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec

import keras
import numpy as np
import tensorflow as tf

from kerasseg.layers import MaxPoolingWithIndices2D, MaxUnpooling2D

TASKS = ("forward", "both")  # both: forward and backward
# Each side's forms. Keras leaves models on a CPU to the plain graph by default.
FORMS = {
    "kerasseg": ["graph"],
    "scatter": ["graph"],
    "PyTorch": ["eager", "compiled"],
}


def sides() -> list[str]:
    """The sides that can run here; PyTorch may not be installed."""
    return [side for side in FORMS if side != "PyTorch" or find_spec("torch")]


def data(shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """A map as a ReLU leaves it, full of ties, and a gradient that comes back to it."""
    random = np.random.default_rng(0)
    x, upstream = (random.normal(size=shape).astype("float32") for _ in "xy")
    return np.maximum(x, 0), upstream


def runner(side: str, task: str, form: str, shape: tuple[int, ...]) -> Callable:
    """What does the task once; returns the map, and in `both` its gradient too."""
    if side == "PyTorch":
        return _runner_of_pytorch(task, form == "compiled", shape)
    function = _kerasseg(shape) if side == "kerasseg" else _scattered
    x, upstream = map(tf.constant, data(shape))
    if task == "forward":
        graph = tf.function(function)
        return lambda: (graph(x),)

    @tf.function
    def both(x, upstream):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = function(x)
        return y, tape.gradient(y, x, upstream)

    return lambda: both(x, upstream)


def index_bytes(side: str, shape: tuple[int, ...]) -> float:
    """Bytes of the indices for each pooled value."""
    x, _ = data(shape)
    if side == "kerasseg":
        pooled, indices = MaxPoolingWithIndices2D()(x)
        return indices.numpy().nbytes / pooled.numpy().size
    if side == "scatter":
        pooled, indices = _with_argmax(tf.constant(x))
        return indices.numpy().nbytes / pooled.numpy().size
    import torch

    pooled, indices = torch.nn.MaxPool2d(2, return_indices=True)(
        torch.from_numpy(x).permute(0, 3, 1, 2)
    )
    return indices.element_size() * indices.nelement() / pooled.nelement()


def _kerasseg(shape):
    inputs = keras.Input(shape[1:])
    pairs = MaxPoolingWithIndices2D()(inputs)
    return keras.Model(inputs, MaxUnpooling2D()(pairs))


def _scattered(x):
    """The usual way in TensorFlow, by addresses in the whole batch."""
    pooled, indices = _with_argmax(x)
    places, values = tf.reshape(indices, (-1, 1)), tf.reshape(pooled, (-1,))
    size = tf.reshape(tf.size(x, "int64"), (1,))
    return tf.reshape(tf.scatter_nd(places, values, size), tf.shape(x))


def _with_argmax(x):
    return tf.nn.max_pool_with_argmax(x, 2, 2, "VALID", include_batch_in_index=True)


def _runner_of_pytorch(task, is_compiled, shape):
    import torch

    pool, unpool = torch.nn.MaxPool2d(2, return_indices=True), torch.nn.MaxUnpool2d(2)

    def function(x):
        return unpool(*pool(x))

    if is_compiled:
        function = torch.compile(function)
    # Channels last in memory, as the arrays are.
    x, upstream = (torch.from_numpy(a).permute(0, 3, 1, 2) for a in data(shape))

    def forward():
        with torch.no_grad():
            return (function(x).permute(0, 2, 3, 1),)

    def both():
        leaf = x.detach().requires_grad_()
        y = function(leaf)
        y.backward(upstream)
        return [a.detach().permute(0, 2, 3, 1) for a in (y, leaf.grad)]

    return forward if task == "forward" else both
