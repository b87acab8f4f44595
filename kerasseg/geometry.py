"""The receptive field of any Keras graph: which pixels each cell of a map sees."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import keras

from kerasseg.errors import GeometryError
from kerasseg.graph import Call, Graph, flatten_model, image_inputs
from kerasseg.receptive_axes import Axis, Field
from kerasseg.receptive_rules import axes_after
from kerasseg.windows import window_of

Number = int | float


@dataclass(frozen=True)
class ReceptiveField:
    """Where the cells of a map stand on the image. All pairs are (y, x), in pixels.

    Pixel `(y, x)` covers the square from `(y, x)` to `(y + 1, x + 1)`, so its centre is
    `(y + 0.5, x + 0.5)`, and `image[top:bottom, left:right]` is what a box holds.

    Attributes:
        size: Height and width of the box that one cell sees.
        stride: Distance between the boxes of neighbouring cells.
        offset: Top-left corner of the box of cell `(0, 0)`; negative where padding lets
            the box leave the image.
        whole_image: Whether every cell also depends on the whole image, as behind a
            squeeze-and-excite block; the box then tells the local part.
    """

    size: tuple[Number, Number]
    stride: tuple[Number, Number]
    offset: tuple[Number, Number]
    whole_image: bool = False

    def center(self, row: int, col: int) -> tuple[float, float]:
        """The middle `(y, x)` of the box of cell `(row, col)`."""
        top, left, bottom, right = self.box(row, col)
        return (top + bottom) / 2, (left + right) / 2

    def box(self, row: int, col: int) -> tuple[Number, Number, Number, Number]:
        """The box `(top, left, bottom, right)` that cell `(row, col)` sees, half-open.

        It is not cut at the borders of the image: see `outside`.
        """
        top = self.offset[0] + row * self.stride[0]
        left = self.offset[1] + col * self.stride[1]
        return top, left, top + self.size[0], left + self.size[1]

    def outside(
        self, row: int, col: int, image_size: tuple[int, int]
    ) -> tuple[Number, Number, Number, Number]:
        """By how many pixels a box leaves an image at `(top, left, bottom, right)`."""
        top, left, bottom, right = self.box(row, col)
        height, width = image_size
        return (
            max(-top, 0),
            max(-left, 0),
            max(bottom - height, 0),
            max(right - width, 0),
        )


def receptive_field(
    model: keras.Model,
    layer: str | keras.Layer | None = None,
    image_size: tuple[int, int] | None = None,
) -> ReceptiveField:
    """Computes the receptive field of a layer by walking the graph, not by measuring.

    See [Araujo et al., 2019](https://distill.pub/2019/computing-receptive-fields).
    A Flatten or a global pooling sees its whole input map: a classifier and the net
    that `convert_to_fcn` makes of it have the same receptive field. Where branches
    meet, the box is the union of theirs.

    Args:
        model: Any Functional or Sequential model on channels-last or channels-first
            images; a classifier, a trunk, or a fully convolutional net.
        layer: The layer whose output cells are meant, or its name (`"outer/inner"` for
            a nested one); by default the model's output, the first of several.
        image_size: `(height, width)` of the image. Matters only where the model leaves
            its size open and a strided layer pads with `"same"`: TensorFlow's padding
            then depends on the size. By default such a size counts as divisible by
            the stride.

    Returns:
        The receptive field.

    Raises:
        GeometryError: A layer has no such geometry (its type is unknown, or the strides
            of two branches differ); the message names it.
        ArgumentError: There is no such layer, or the model is no graph.

    Example:

    >>> import keras, kerasseg
    >>> trunk = keras.Sequential([
    ...     keras.Input((None, None, 3)),
    ...     keras.layers.Conv2D(8, 3, padding="same"),
    ...     keras.layers.MaxPooling2D(2),
    ...     keras.layers.Conv2D(8, 3),
    ... ])
    >>> field = kerasseg.receptive_field(trunk)
    >>> field.size, field.stride, field.offset
    ((8, 8), (2, 2), (-1, -1))
    >>> field.box(0, 0), field.center(0, 0)
    ((-1, -1, 7, 7), (3.0, 3.0))
    """
    graph = flatten_model(model, image_size)
    if layer is None:
        return _public(_fields(graph)[id(graph.flat_outputs[0])], model.name)
    call = graph.find(layer)
    return _public(_fields(graph, call)[id(call.outputs[0])], call.path)


def output_fields(model: keras.Model) -> list[ReceptiveField]:
    """The receptive fields of all outputs of a model, in order.

    Args:
        model: As for `receptive_field`.

    Raises:
        GeometryError: A layer has no such geometry, as for `receptive_field`.

    Example:

    >>> import keras
    >>> image = keras.Input((None, None, 1))
    >>> fine = keras.layers.Conv2D(2, 3)(image)
    >>> model = keras.Model(image, [fine, keras.layers.MaxPooling2D(2)(fine)])
    >>> [field.size for field in output_fields(model)]
    [(3, 3), (4, 4)]
    """
    graph = flatten_model(model)
    fields = _fields(graph)
    return [_public(fields[id(edge)], model.name) for edge in graph.flat_outputs]


def _fields(graph: Graph, last: Call | None = None) -> dict[int, Field | None]:
    """The fields of all edges, by `id`, up to those that the last call makes."""
    images = image_inputs(graph.flat_inputs)
    if not images:
        raise GeometryError(
            f"Model '{graph.name}' takes no image of shape (height, width, channels). "
            f"Received: inputs of shapes {[e.shape for e in graph.flat_inputs]}"
        )
    fields: dict[int, Field | None] = dict.fromkeys(map(id, graph.flat_inputs))
    fields.update({id(edge): Field(Axis(), Axis()) for edge in images})
    for call in graph.calls:
        result = axes_after(call, [fields[id(edge)] for edge in call.inputs])
        fields.update({id(edge): result for edge in call.outputs})
        if call is last:
            break
    return fields


def padded_layers(model: keras.Model) -> list[str]:
    """The layers that put zeros around their map, by path, in order.

    Where this is empty, and `receptive_field` finds that no cell depends on the whole
    image, every cell of the converted net equals the classifier run on the window that
    the cell sees. A `"same"` layer counts, though at some sizes it may have nothing to
    add.

    Args:
        model: A Functional or Sequential model.

    Example:

    >>> import keras
    >>> model = keras.Sequential([
    ...     keras.Input((8, 8, 1)),
    ...     keras.layers.Conv2D(2, 3, padding="same", name="conv"),
    ...     keras.layers.MaxPooling2D(2),
    ... ])
    >>> padded_layers(model)
    ['conv']
    """
    return [call.path for call in flatten_model(model).calls if _pads(call.operation)]


def _pads(operation: keras.Operation) -> bool:
    window = window_of(operation)
    if window is None or window.padding == "valid":
        return False
    if window.padding == "same":
        return max(window.kernel_size) > 1
    return any(n > 0 for pair in window.padding for n in pair)


def _public(field: Field | None, path: str) -> ReceptiveField:
    if field is None:
        raise GeometryError(f"'{path}' does not depend on the image", path)
    if field.spread is not None:
        raise GeometryError(
            f"Layer {field.spread} enlarges or rearranges what was taken from the "
            "whole map: its cells have no place of their own.",
            path,
        )
    if field.y.size is None or field.x.size is None:
        raise GeometryError(
            f"'{path}' sees the whole image, and the model leaves that size open. "
            "Pass image_size=(height, width).",
            path,
        )
    return ReceptiveField(
        *(
            (_plain(getattr(field.y, name)), _plain(getattr(field.x, name)))
            for name in ("size", "stride", "start")
        ),
        whole_image=field.whole_image,
    )


def _plain(number: Fraction) -> Number:
    return int(number) if number.denominator == 1 else float(number)
