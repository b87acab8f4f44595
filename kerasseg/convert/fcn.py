"""`convert_to_fcn`: a trained classifier scores every place of a larger image."""

from __future__ import annotations

import warnings

import keras
from keras import tree

from kerasseg.channels_last import with_channels_last
from kerasseg.convert.arguments import (
    check_choices,
    check_inputs,
    check_pooling,
    checked_size,
    checked_stride,
)
from kerasseg.convert.cloning import Cloner
from kerasseg.convert.densify import Densifier
from kerasseg.convert.ends import SAME, Ends
from kerasseg.convert.gates import find_gates, warn_of_gates
from kerasseg.convert.headless import check_has_head, check_no_map
from kerasseg.convert.heads import Heads
from kerasseg.convert.layouts import Layout, Value
from kerasseg.convert.lengths import Lengths
from kerasseg.convert.repeating import Repeater
from kerasseg.convert.rules import Conversion
from kerasseg.convert.smallest_size import check_size_fits, is_smaller
from kerasseg.errors import ArgumentError, ConversionError
from kerasseg.graph import Edge, Graph, flatten_model, image_inputs


def convert_to_fcn(
    model: keras.Model,
    image_size: tuple[int, int] | None = None,
    *,
    output_stride: int | tuple[int, int] | None = None,
    padding: str = "valid",
    global_pooling: str = "window",
    classifier_activation: str | None = SAME,
    native_size: tuple[int, int] | None = None,
    name: str | None = None,
) -> keras.Model:
    """Turns a trained image classifier into a fully convolutional net, exactly.

    Dense layers become convolutions with the same numbers: the first one behind a
    Flatten a k×k convolution over the whole trained map, the others 1×1. On an image
    of the classifier's own size the net gives one cell, equal to the classifier. On a
    larger image it gives a map; where no layer of the trunk pads, each cell equals the
    classifier run on the window that the cell sees (`kerasseg.receptive_field` tells
    which). Where the trunk pads, a crop has a border of zeros that the window inside
    the image has not, so cells inside a larger image differ from crops.

    The idea is that of [Long et al., 2015](https://arxiv.org/abs/1411.4038), section
    3.1, and of [Sermanet et al., 2014](https://arxiv.org/abs/1312.6229).

    Args:
        model: A Functional or Sequential classifier on channels-last images, nested or
            not, with one or several inputs and outputs. It is not changed, and the new
            net shares no variables with it. Images without channel axis,
            `(batch, height, width)`, stay without it. Several images are to grow by the
            same number of pixels. An input that is no image, a vector of numbers
            beside it, stays what it is and holds for every place.
        image_size: `(height, width)` to fix the input to; `None` accepts any size.
        output_stride: Pixels between neighbouring cells, one number or `(y, x)`; `None`
            keeps the classifier's own. For a smaller one, down to 1, the later strides
            become dilations: exact, and far faster than shifting the image. Where the
            trunk pads nothing, 1 equals the classifier slid pixel by pixel. It must
            divide the classifier's own stride; heads on finer maps keep theirs.
        padding: `"valid"`: a cell for every whole window. `"same"` pads the head's
            k×k convolutions and poolings, so that the map keeps the trunk's size.
        global_pooling: What a global pooling becomes. `"window"`: pooling over a window
            of the trained map's size, which keeps the equality. `"cam"`: nothing, each
            cell is classified by itself, which gives class activation maps
            ([Zhou et al., 2016](https://arxiv.org/abs/1512.04150)); it needs a head
            that pools.
        classifier_activation: The activation at the end of each head: `"same"` keeps
            its own, `None` gives logits, a name of `keras.activations` gives that.
        native_size: `(height, width)` of the images that the classifier was trained on.
            Needed only where the model leaves that open and ends in a global pooling.
        name: Name of the new net; by default the classifier's with `_fcn`.

    Returns:
        The net. Some hold layers of ours, those with an `output_stride` nearly always:
        load their `.keras` files with `kerasseg.load_model`, or import
        `kerasseg.layers` before `keras.saving.load_model`. What `export()` writes needs
        neither. Each head of shape `(batch, classes)` gives
        `(batch, rows, columns, classes)`, heads at different strides a map each.

    Raises:
        ConversionError: A layer has no exact counterpart, or the model has no head to
            convert; the message names the layer, its type and the reason.
        ArgumentError: An argument is not one of those above.

    Example:

    >>> import keras, kerasseg
    >>> classifier = keras.Sequential([
    ...     keras.Input((32, 32, 1)),
    ...     keras.layers.Conv2D(6, 5, activation="relu"),
    ...     keras.layers.MaxPooling2D(4),
    ...     keras.layers.Flatten(),
    ...     keras.layers.Dense(10, activation="softmax"),
    ... ])
    >>> fcn = kerasseg.convert_to_fcn(classifier)
    >>> fcn.compute_output_shape((1, 32, 32, 1))
    (1, 1, 1, 10)
    >>> fcn.compute_output_shape((1, 256, 384, 1))
    (1, 57, 89, 10)
    >>> dense = kerasseg.convert_to_fcn(classifier, output_stride=1)
    >>> dense.compute_output_shape((1, 256, 384, 1))
    (1, 225, 353, 10)
    """
    check_choices(padding, global_pooling)
    image_size = checked_size("image_size", image_size)
    native_size = checked_size("native_size", native_size)
    output_stride = checked_stride(output_stride)
    model = with_channels_last(model)
    graph = flatten_model(model, native_size)
    check_inputs(model, graph, image_size, native_size)
    own_size = image_inputs(graph.flat_inputs)[0].shape[1:3]
    if is_smaller(image_size, own_size):
        with warnings.catch_warnings(action="ignore"):  # they come once, below
            any_size = convert_to_fcn(
                model,
                output_stride=output_stride,
                padding=padding,
                global_pooling=global_pooling,
                native_size=native_size,
            )
        check_size_fits(any_size, own_size, image_size)
    gates = find_gates(graph)
    check_pooling(global_pooling, model, graph, gates)
    warn_of_gates(graph, gates, output_stride)
    ends = Ends.of(graph, classifier_activation)
    cloner = Cloner(taken=[edge.name for edge in graph.flat_inputs])
    conversion = Conversion(
        Densifier(output_stride, cloner),
        Heads(padding, global_pooling, cloner),
        Repeater(cloner, ends.replaced),
        gates,
    )
    images = image_inputs(graph.flat_inputs)
    inputs = tree.map_structure(
        lambda e: _new_input(e, image_size, e in images), graph.inputs
    )
    for edge, tensor in zip(graph.flat_inputs, tree.flatten(inputs), strict=True):
        conversion.values[id(edge)] = _given(edge, tensor, edge in images)
    try:
        for call in graph.calls:
            conversion.convert(call)
    except ConversionError:
        check_no_map(model, graph)  # whatever layer it was, nothing is to convert
        raise
    check_has_head(model, graph, conversion.values)
    _check_stride(graph, conversion)
    outputs = tree.map_structure(
        lambda edge: ends.scores(edge, conversion.values[id(edge)].tensor),
        graph.outputs,
    )
    return keras.Model(inputs, outputs, name=name or f"{model.name}_fcn")


def _check_stride(graph: Graph, conversion: Conversion) -> None:
    """Refuses a stride that no head has, or that one can neither reach nor stay below.

    A head on a map that is finer by itself stays so.
    """
    wanted = conversion.densifier.output_stride
    if wanted is None:
        return
    heads = [conversion.values[id(edge)] for edge in graph.flat_outputs]
    for axis in (0, 1):
        own = sorted({value.stride[axis] * value.rate[axis] for value in heads})
        reached = {value.stride[axis] for value in heads}
        stuck = [v for v in heads if v.rate[axis] > 1 and v.stride[axis] < wanted[axis]]
        if stuck or wanted[axis] not in reached:
            raise ArgumentError(
                "output_stride must divide the classifier's own stride, which is "
                f"{' and '.join(map(str, own))} pixels {('down', 'across')[axis]}. "
                f"Received: output_stride={wanted}"
            )


def _new_input(edge: Edge, image_size: tuple[int, int] | None, is_image: bool):
    shape = edge.shape[1:]
    if is_image:
        shape = (*(image_size or (None, None)), *shape[2:])
    return keras.Input(shape, dtype=edge.dtype, name=edge.name)


def _given(edge: Edge, tensor, is_image: bool) -> Value:
    """How an input stands for that of the classifier."""
    if not is_image:
        return Value(tensor, Layout.BESIDE, None)
    lengths = Lengths.of_images(edge.shape[1:3])
    if len(edge.shape) == 4:
        return Value(tensor, Layout.MAP, lengths)
    return Value(keras.ops.expand_dims(tensor, -1), Layout.PLANE, lengths)
