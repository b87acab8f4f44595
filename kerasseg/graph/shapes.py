"""Edges for the tensors of Keras, with shapes for the image size that is asked for."""

from __future__ import annotations

import keras
from keras import KerasTensor, tree

from kerasseg.errors import ArgumentError
from kerasseg.graph.calls import Edge, edges_in


def new_edge(tensor: KerasTensor) -> Edge:
    """An edge like a tensor of Keras."""
    dtype = keras.backend.standardize_dtype(tensor.dtype)
    return Edge(tuple(tensor.shape), dtype, tensor.name)


def resized(tensor: KerasTensor, image_size: tuple[int, int] | None) -> KerasTensor:
    """The images as a tensor of that height and width, if any is given."""
    if image_size is None:
        return tensor
    shape = (tensor.shape[0], *image_size, *tensor.shape[3:])
    return KerasTensor(shape, tensor.dtype, name=tensor.name)


def output_edges(node, path: str, args: tuple, kwargs: dict) -> list[Edge]:
    """Edges for a node's outputs, with shapes computed anew if the inputs' changed."""
    given = edges_in((args, kwargs))
    same = all(
        e.shape == t.shape for e, t in zip(given, node.input_tensors, strict=True)
    )
    if same:
        return [new_edge(t) for t in node.outputs]
    args, kwargs = tree.map_structure(
        lambda x: KerasTensor(x.shape, x.dtype) if isinstance(x, Edge) else x,
        (args, kwargs),
    )
    try:
        made = tree.flatten(node.operation.compute_output_spec(*args, **kwargs))
    except ValueError as error:
        raise ArgumentError(
            f"Layer '{path}' cannot take maps of shape {given[0].shape}, which that "
            "image size would give it."
        ) from error
    return [
        Edge(tuple(new.shape), old.dtype, old.name)
        for new, old in zip(made, node.outputs, strict=True)
    ]
