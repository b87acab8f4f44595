"""A model rewritten call by call, its images with the channels last."""

from __future__ import annotations

import warnings

import keras
from keras import layers, tree

from kerasseg.channels_last.exchange import Exchange
from kerasseg.channels_last.kinds import FIRST
from kerasseg.errors import KerasSegWarning
from kerasseg.graph import flatten_model


def is_channels_first(model: keras.Model) -> bool:
    """Whether a layer of the model works on maps with the channels first."""
    return any(
        getattr(layer, "data_format", None) == FIRST
        for layer in model._flatten_layers()
        if not isinstance(layer, layers.Flatten)
    )


def with_channels_last(model: keras.Model) -> keras.Model:
    """The model on images with the channels last, with the same numbers.

    Args:
        model: A Functional or Sequential model. It is not changed, and the new model
            shares no variables with it.

    Returns:
        The model itself if no layer has the channels first; else a new one, flat: what
        was nested in it stands side by side. It takes images `(batch, height, width,
        channels)`, and maps that it puts out have the channels last too.

    Raises:
        ConversionError: A layer has an activation along an axis that is exchanged.
    """
    if not isinstance(model, keras.Model) or not is_channels_first(model):
        return model
    graph = flatten_model(model)
    exchange = Exchange()
    inputs = tree.map_structure(lambda e: exchange.add_input(graph, e), graph.inputs)
    for call in graph.calls:
        exchange.add(call)
    outputs = tree.map_structure(lambda e: exchange.values[id(e)].tensor, graph.outputs)
    warnings.warn(
        f"Model '{model.name}' was made for images with the channels first. It now "
        "takes them as (height, width, channels) and gives the same scores.",
        KerasSegWarning,
        stacklevel=3,
    )
    return keras.Model(inputs, outputs, name=model.name)
