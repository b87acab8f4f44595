"""The gradient of a function of one array, on the backend under test."""

import keras
import numpy as np
from keras import ops


def gradient_of(function, x, upstream):
    """What `upstream`, a gradient with respect to the output, becomes at the input.

    Args:
        function: From a tensor to a tensor.
        x: Its argument, a NumPy array.
        upstream: A NumPy array in the shape of the output.
    """
    backend = {"tensorflow": _tensorflow, "jax": _jax, "torch": _torch}
    return np.asarray(
        ops.convert_to_numpy(backend[keras.backend.backend()](function, x, upstream))
    )


def _tensorflow(function, x, upstream):
    import tensorflow as tf

    x = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = function(x)
    return tape.gradient(y, x, tf.cast(upstream, y.dtype))


def _jax(function, x, upstream):
    import jax

    y, pull_back = jax.vjp(function, ops.convert_to_tensor(x))
    return pull_back(ops.cast(upstream, y.dtype))[0]


def _torch(function, x, upstream):
    x = ops.convert_to_tensor(x).detach().requires_grad_()
    y = function(x)
    y.backward(ops.cast(ops.convert_to_tensor(upstream), y.dtype))
    return x.grad
