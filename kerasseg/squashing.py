"""Activations that turn logits into probabilities."""

from __future__ import annotations

import keras
from keras import layers

_FUNCTIONS = (
    "hard_sigmoid",
    "hard_sigmoid_of_keras_2",
    "hardsigmoid",  # that of PyTorch, or the layer around the operation
    "sigmoid",
    "softmax",
    "softmax_v2",  # the name inside tf.nn.softmax
    "sparse_sigmoid",
    "sparsemax",
)
_OPERATIONS = ("HardSigmoid", "Sigmoid", "Softmax", "SparseSigmoid", "Sparsemax")
_WRAPPERS = (layers.SpectralNormalization, layers.TimeDistributed)


def squashes(operation: keras.Operation) -> bool:
    """Whether what comes out is a sigmoid or a softmax, or one in straight pieces."""
    if type(operation) in _WRAPPERS:
        return squashes(operation.layer)
    kind = type(operation)  # keras.ops on a tensor: Keras gives it no public path
    is_op = kind.__module__.startswith("keras.src.ops.")
    if kind is layers.Softmax or (is_op and kind.__name__ in _OPERATIONS):
        return True
    return activation_name(operation) in _FUNCTIONS


def activation_name(operation: keras.Operation) -> str:
    """The name of a layer's activation, whether that is a function or a layer."""
    activation = getattr(operation, "activation", None)
    return getattr(activation, "__name__", type(activation).__name__.lower())
