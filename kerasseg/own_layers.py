"""What users say of layers and activations of their own."""

from __future__ import annotations

import inspect
import sys
from typing import Any, TypeVar

from kerasseg.errors import ArgumentError

Declared = TypeVar("Declared", bound=Any)

_elementwise: list[Any] = []


def elementwise(layer_or_function: Declared) -> Declared:
    """Says that a layer class or an activation of yours treats every number by itself.

    Then `convert_to_fcn` and `receptive_field` know what it does in a larger image: the
    same. Without, they refuse what they do not know, for a layer may compute anything.
    The conversion tries it on random numbers, and refuses what mixes them or heeds
    their shape; `receptive_field`, and what asks it, believes you. At the end of a head
    such a layer may be an activation or not, so `classifier_activation` must be "same".

    Args:
        layer_or_function: A subclass of `keras.layers.Layer` that takes one tensor,
            gives one of the same shape, and reckons each number out of that number
            alone, wherever it stands; or a function that does so, used as an
            `activation=`. Subclasses of it are not meant.

    Returns:
        The same, so that it can be used as a decorator.

    Raises:
        ArgumentError: It is neither a class of layers nor a function.

    Example:

    >>> import keras, kerasseg
    >>> @kerasseg.elementwise
    ... class Square(keras.layers.Layer):
    ...     def call(self, x):
    ...         return x * x
    >>> classifier = keras.Sequential([
    ...     keras.Input((8, 8, 1)),
    ...     keras.layers.Conv2D(2, 3),
    ...     Square(),
    ...     keras.layers.Flatten(),
    ...     keras.layers.Dense(3),
    ... ])
    >>> kerasseg.convert_to_fcn(classifier).compute_output_shape((1, 10, 12, 1))
    (1, 3, 5, 3)
    """
    is_layer = inspect.isclass(layer_or_function) and hasattr(layer_or_function, "call")
    if not (is_layer or inspect.isfunction(layer_or_function)):
        raise ArgumentError(
            "elementwise takes a subclass of keras.layers.Layer (the class, not a "
            "layer), or a function (by def, not a partial or another object). "
            f"Received: {layer_or_function!r}"
        )
    if is_of_the_framework(layer_or_function):
        raise ArgumentError(
            "elementwise takes what is your own; what Keras and kerasseg have is known "
            f"already. Received: {layer_or_function!r}"
        )
    if not is_declared(layer_or_function):
        _elementwise.append(layer_or_function)
    return layer_or_function


def is_declared(layer_or_function: Any) -> bool:
    """Whether this class or function, or the class of this layer, was declared so."""
    kinds = layer_or_function, type(layer_or_function)
    return any(kind is declared for kind in kinds for declared in _elementwise)


def is_of_the_framework(layer_or_function: Any) -> bool:
    """Whether this class or function comes from Keras, TensorFlow or kerasseg."""
    module = getattr(layer_or_function, "__module__", None) or ""
    if module.split(".")[0] not in ("keras", "kerasseg", "tensorflow"):
        return False
    name = getattr(layer_or_function, "__qualname__", "")
    return getattr(sys.modules.get(module), name, None) is layer_or_function
