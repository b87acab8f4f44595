"""Trained weights on their way: VGG16 → FCN-32s → FCN-16s → FCN-8s."""

from __future__ import annotations

import keras

from kerasseg.convert.fcn import convert_to_fcn
from kerasseg.errors import ArgumentError


def move_weights(source: keras.Model, target: keras.Model) -> list[str]:
    """Copies the weights of every layer that both networks have by name.

    A classifier is converted by `kerasseg.convert_to_fcn` first, so that its fully
    connected layers become the convolutions that an FCN has in their place.

    Args:
        source: A trained VGG16 classifier (of `zoo` or `keras.applications`), or an
            FCN. It is not changed.
        target: The FCN to be filled. Layers that the source lacks stay as they are:
            new score layers at zero, upsampling at bilinear interpolation.

    Returns:
        The names of the layers that were filled.

    Raises:
        ArgumentError: The networks have no layer in common, or one of different
            shapes: another width or another number of classes.

    Example:

    >>> import zoo
    >>> small = {"classes": 4, "base_filters": 2, "hidden_units": 8}
    >>> coarse, finer = zoo.FCN32s(**small), zoo.FCN16s(**small)
    >>> moved = zoo.fcn.move_weights(coarse, finer)
    >>> moved[0], moved[-1]
    ('block1_conv1', 'score_fr')
    """
    if [len(output.shape) for output in source.outputs] == [2]:
        # The head is converted, not copied; its scores are for other classes anyway.
        source = convert_to_fcn(source)
    layers = {layer.name: layer for layer in source.layers}
    pairs = [
        (layers[layer.name], layer)
        for layer in target.layers
        if layer.weights and layer.name in layers
    ]
    if not pairs:
        raise ArgumentError(
            "The networks have no layers of the same name, so no weights can be moved. "
            f"Received: source='{source.name}', target='{target.name}'"
        )
    for old, new in pairs:  # all are compared before the first is changed
        _check_shapes(old, new)
    for old, new in pairs:
        new.set_weights(old.get_weights())
    return [new.name for _, new in pairs]


def _check_shapes(old: keras.Layer, new: keras.Layer) -> None:
    shapes = [[tuple(w.shape) for w in layer.weights] for layer in (old, new)]
    if shapes[0] != shapes[1]:
        raise ArgumentError(
            f"Layer '{new.name}' has other shapes in the two networks; build the "
            "target with the source's classes, base_filters and hidden_units. "
            f"Received: source={shapes[0]}, target={shapes[1]}"
        )
