"""The checks of what `convert_to_fcn` is given."""

from __future__ import annotations

import numbers
from collections.abc import Collection
from typing import NoReturn

import keras

from kerasseg.errors import ArgumentError, ConversionError
from kerasseg.graph import Graph, image_inputs
from kerasseg.layer_kinds import global_pooling as pooling_of


def check_choices(padding: str, global_pooling: str) -> None:
    """Refuses values that are not among those listed."""
    for argument, value, allowed in (
        ("padding", padding, ("valid", "same")),
        ("global_pooling", global_pooling, ("window", "cam")),
    ):
        if value not in allowed:
            raise ArgumentError(
                f"{argument} must be one of {', '.join(map(repr, allowed))}. "
                f"Received: {argument}={value!r}"
            )


def checked_size(name: str, size) -> tuple[int, int] | None:
    """A size in pixels as two integers, or `None`."""
    if size is None:
        return None
    is_pair = isinstance(size, (tuple, list)) and len(size) == 2
    if is_pair and tuple(size) == (None, None):  # as Keras writes an open size
        return None
    if not is_pair or not all(map(_is_positive_integer, size)):
        raise ArgumentError(
            f"{name} must be (height, width) in pixels. Received: {name}={size!r}"
        )
    return int(size[0]), int(size[1])


def check_inputs(model: keras.Model, graph: Graph, image_size, native_size) -> None:
    """Refuses models that take no images, and sizes that contradict the model's."""
    images = image_inputs(graph.flat_inputs)
    if not images:
        refuse_without_image(model, graph)
    if native_size is not None:
        for tensor in image_inputs(model.inputs):
            if tuple(tensor.shape[1:3]) not in ((None, None), native_size):
                raise ArgumentError(
                    f"Model '{model.name}' has a size of its own, {tensor.shape[1:3]}; "
                    f"leave native_size out. Received: native_size={native_size}"
                )
    sizes = {edge.shape[1:3] for edge in images}
    if image_size is not None and len(sizes) > 1:
        raise ArgumentError(
            f"Model '{model.name}' has inputs of different sizes, which one image_size "
            f"cannot fix. Received: image_size={image_size}"
        )


def check_pooling(
    global_pooling: str, model: keras.Model, graph: Graph, gates: Collection[int]
) -> None:
    """Refuses activation maps of a model whose heads pool no map.

    Args:
        global_pooling: `"window"` or `"cam"`.
        model: The classifier.
        graph: Its calls.
        gates: Those, by `id`, that stay global whatever is asked for.
    """
    heads = (call for call in graph.calls if id(call) not in gates)
    if global_pooling == "cam" and not any(pooling_of(c.operation) for c in heads):
        raise ArgumentError(
            f"Model '{model.name}' has no global pooling in its head, which class "
            'activation maps need; leave global_pooling at "window". '
            f"Received: global_pooling={global_pooling!r}"
        )


def refuse_without_image(model: keras.Model, graph: Graph) -> NoReturn:
    """Says what to do with a model that takes vectors alone."""
    edge = graph.flat_inputs[0]
    raise ConversionError(
        f"Model '{model.name}' is not an image classifier: its input '{edge.name}' has "
        f"shape {edge.shape}, and an image has (batch, height, width, channels). If "
        "those numbers are the pixels of an image, say of which: image = "
        "keras.Input((height, width, channels)); model = "
        "keras.Model(image, model(keras.layers.Flatten()(image)))"
    )


def checked_stride(stride) -> tuple[int, int] | None:
    """An output stride as (y, x), or `None`."""
    if stride is None:
        return None
    pair = tuple(stride) if isinstance(stride, (tuple, list)) else (stride, stride)
    if len(pair) != 2 or not all(map(_is_positive_integer, pair)):
        raise ArgumentError(
            "output_stride must be a positive integer or two. "
            f"Received: output_stride={stride!r}"
        )
    return int(pair[0]), int(pair[1])


def _is_positive_integer(n) -> bool:
    if isinstance(n, bool) or not isinstance(n, numbers.Real):
        return False
    return float(n).is_integer() and n >= 1
