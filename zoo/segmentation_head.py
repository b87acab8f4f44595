"""The end of a segmentation net: an activation on the scores of every pixel."""

from __future__ import annotations

from collections.abc import Callable

import keras
from keras import layers


def activated(
    x: keras.KerasTensor, activation: str | Callable | None, name: str = "scores"
) -> keras.KerasTensor:
    """The scores `(batch, height, width, classes)`, activated.

    In float32 under every policy, since float16 loses small probabilities.
    """
    return layers.Activation(activation, dtype="float32", name=name)(x)
