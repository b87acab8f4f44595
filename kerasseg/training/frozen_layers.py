"""Layers that keep their weights while others learn."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

import keras

from kerasseg.errors import ArgumentError


def freeze_layers(model: keras.Model, patterns: Sequence[str]) -> list[str]:
    """Freezes the layers whose names match; do it before the model is compiled.

    A frozen BatchNormalization keeps its statistics as well.

    Args:
        model: Any model.
        patterns: Names, with `*` for anything: `"block*"`, `"encoder"`.

    Returns:
        The names of the layers that are frozen now.

    Raises:
        ArgumentError: A pattern matches no layer.

    Example:

    >>> import zoo
    >>> net = zoo.SegNetBasic(base_filters=2)
    >>> freeze_layers(net, ["block1_*"])
    ['block1_conv1', 'block1_bn1', 'block1_relu1', 'block1_pool']
    """
    frozen = []
    for pattern in patterns:
        found = [x for x in model.layers if fnmatchcase(x.name, pattern)]
        if not found:
            raise ArgumentError(
                f"No layer of '{model.name}' has such a name. Received: {pattern!r}"
            )
        for layer in found:
            layer.trainable = False
            frozen.append(layer.name)
    return frozen
