"""What a layer puts out for an image, however deep it is nested in a model."""

from __future__ import annotations

import inspect
from dataclasses import dataclass

import keras
import numpy as np
from keras import ops, tree

from kerasseg.errors import ArgumentError
from kerasseg.graph import Call, Edge, Graph, flatten_model


@dataclass(frozen=True)
class Route:
    """The calls that lead from a model's image to the output of one layer, in order."""

    image: Edge
    calls: list[Call]

    @property
    def path(self) -> str:
        """The name of the layer, with the names of the models around it."""
        return self.calls[-1].path


def route_to(
    model: keras.Model,
    layer: str | keras.Layer | None,
    image_size: tuple[int, int] | None = None,
) -> Route:
    """Finds the way to a layer.

    Args:
        model: A Functional or Sequential model with one image as its input.
        layer: A layer, its name, or its path `"outer/inner"`; `None` for the last
            layer that puts out a map of more than one place.
        image_size: `(height, width)` where it differs from the model's.

    Raises:
        ArgumentError: The model takes no single channels-last image, or cannot take
            one of that size, or the layer is not there.
    """
    graph = flatten_model(model, image_size)
    inputs = graph.flat_inputs
    if len(inputs) != 1 or len(inputs[0].shape) != 4:
        raise ArgumentError(
            f"Model '{model.name}' must take one image of shape (height, width, "
            f"channels). Received: inputs of shapes {[edge.shape for edge in inputs]}"
        )
    for call in graph.calls:
        if getattr(call.operation, "data_format", None) == "channels_first":
            raise ArgumentError(
                f"Layer '{call.path}' has its channels first; maps are shown of "
                "channels-last models. Build it with data_format='channels_last'."
            )
    last = _last_map(graph) if layer is None else graph.find(layer)
    return Route(inputs[0], _leading_to(last, graph))


def layer_outputs(route: Route, images: np.ndarray) -> np.ndarray:
    """Runs the calls of a route, as prediction does, and nothing behind them.

    Args:
        route: From `route_to`, for images of this size.
        images: `(batch, height, width, channels)`.

    Returns:
        The output of the layer, `(batch, ...)`; the first where it has several.

    Raises:
        ArgumentError: A layer on the way is made for images of another size, or a
            number in the output is not finite.
    """
    # Call by call, not compiled: each size of image would need compiling anew.
    values = {id(route.image): ops.convert_to_tensor(images, route.image.dtype)}
    for call in route.calls:
        args, kwargs = tree.map_structure(
            lambda x: values[id(x)] if isinstance(x, Edge) else x,
            (call.args, {**call.kwargs, **_as_in_prediction(call.operation)}),
        )
        try:
            made = tree.flatten(call.operation(*args, **kwargs))
        except ValueError as error:  # Keras checks what a layer was built for
            height, width = images.shape[1:3]
            raise ArgumentError(
                f"Layer '{call.path}' cannot take what an image of {height}×{width} "
                f"pixels gives it: {str(error).splitlines()[0]}"
            ) from error
        values.update({id(e): v for e, v in zip(call.outputs, made, strict=True)})
    output = ops.convert_to_numpy(values[id(route.calls[-1].outputs[0])])
    output = np.asarray(output, np.float32)
    if not np.isfinite(output).all():
        raise ArgumentError(
            f"Layer '{route.path}' puts out {(~np.isfinite(output)).sum()} numbers "
            f"that are not finite, of {output.size}. Look at the image's range and the "
            "weights."
        )
    return output


def _last_map(graph: Graph) -> Call:
    maps = [call for call in graph.calls if _is_map(call.outputs[0])]
    if not maps:
        raise ArgumentError(
            f"Model '{graph.name}' has no layer with a map of more than one place to "
            "show. Received: layer=None"
        )
    return maps[-1]


def _leading_to(last: Call, graph: Graph) -> list[Call]:
    wanted = {id(edge) for edge in last.inputs}
    calls = [last]
    for call in reversed(graph.calls[: graph.calls.index(last)]):
        if any(id(edge) in wanted for edge in call.outputs):
            calls.append(call)
            wanted.update(id(edge) for edge in call.inputs)
    return calls[::-1]


def _as_in_prediction(operation: keras.Operation) -> dict[str, bool]:
    """Augmentation, among others, acts unless it is told that nothing is trained."""
    takes = "training" in inspect.signature(operation.call).parameters
    return {"training": False} if takes else {}


def _is_map(edge: Edge) -> bool:
    return len(edge.shape) == 4 and edge.shape[1:3] != (1, 1)
