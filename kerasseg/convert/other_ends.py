"""The scores of a classifier with another activation at the ends of its heads."""

from __future__ import annotations

import inspect
from typing import Any

import keras
import numpy as np
from keras import layers, ops, tree

from kerasseg.convert.cloning import Cloner
from kerasseg.convert.ends import Ends
from kerasseg.graph import Call, Edge, flatten_model


def scores_with(
    model: keras.Model, images: list[np.ndarray], activation: str | None
) -> list[np.ndarray]:
    """Runs a classifier call by call, as prediction does; it stays as it is.

    Args:
        model: The classifier.
        images: For each input, a batch.
        activation: `None` for logits, or a name of `keras.activations`.

    Returns:
        The scores of each head.
    """
    graph = flatten_model(model)
    ends = Ends.of(graph, activation)
    values = {
        id(edge): ops.convert_to_tensor(batch, edge.dtype)
        for edge, batch in zip(graph.flat_inputs, images, strict=True)
    }
    for call in graph.calls:
        args, kwargs = tree.map_structure(
            lambda x: values[id(x)] if isinstance(x, Edge) else x,
            (call.args, {**call.kwargs, **_as_in_prediction(call)}),
        )
        if id(call) in ends.replaced:
            made = _ended(call, ends.replaced[id(call)], args, kwargs)
        else:
            made = call.operation(*args, **kwargs)
        made = tree.flatten(made)
        values.update({id(e): v for e, v in zip(call.outputs, made, strict=True)})
    return [
        ops.convert_to_numpy(ends.scores(edge, values[id(edge)]))
        for edge in graph.flat_outputs
    ]


def _ended(call: Call, activation: str, args: tuple, kwargs: dict[str, Any]):
    """What the call gives with that activation in place of its own."""
    operation = call.operation
    if hasattr(operation, "activation"):
        config = {**operation.get_config(), "activation": activation}
        cloner = Cloner()
        cloner.apply(call, *args, config=config, **kwargs)  # its weights come after it
        return cloner.apply(call, *args, config=config, **kwargs)
    policy = getattr(operation, "dtype_policy", None)
    return layers.Activation(activation, dtype=policy)(args[0])


def _as_in_prediction(call: Call) -> dict[str, bool]:
    """Augmentation, among others, acts unless it is told that nothing is trained."""
    signature = inspect.signature(call.operation.call)
    if "training" in signature.bind_partial(*call.args).arguments:
        return {}  # Keras lets None alone stand there
    return {"training": False} if "training" in signature.parameters else {}
