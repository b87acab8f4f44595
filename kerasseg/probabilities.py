"""Whether a model's scores are probabilities, or logits yet to be squashed.

The last operation alone does not tell: dropout, a cropping or an enlargement may stand
behind the activation, and a whole model around it.
"""

from __future__ import annotations

import keras
from keras import KerasTensor, layers, tree

from kerasseg.errors import ArgumentError
from kerasseg.graph.nodes import ends_of
from kerasseg.layer_kinds import AUGMENTATIONS
from kerasseg.layers import (
    AdaptiveAveragePooling2D,
    AdaptiveMaxPooling2D,
    BedOfNailsUpSampling2D,
    CheckSize2D,
    CropToCommon2D,
    CropToMatch2D,
    DilatedAveragePooling2D,
    DilatedMaxPooling2D,
    FlatMaxUnpooling2D,
    MaxPoolingWithArgmax2D,
    MaxPoolingWithIndices2D,
    MaxUnpooling2D,
    PadToMultiple2D,
    Resize2D,
    ReverseChannels,
    SpreadOverMap2D,
)

_SQUASHING = ("sigmoid", "hard_sigmoid", "hard_sigmoid_of_keras_2", "softmax")
_SQUASHING_OPERATIONS = ("Sigmoid", "HardSigmoid", "Softmax")

# At inference the numbers that come out lie between those that go in, or are zeros.
_IN_RANGE = (
    layers.ActivityRegularization,
    layers.AlphaDropout,
    layers.AveragePooling2D,
    layers.CenterCrop,
    layers.Cropping2D,
    layers.Dropout,
    layers.Flatten,
    layers.GaussianDropout,
    layers.GaussianNoise,
    layers.GlobalAveragePooling2D,
    layers.GlobalMaxPooling2D,
    layers.Identity,
    layers.MaxPooling2D,
    layers.Permute,
    layers.Reshape,
    layers.Resizing,
    layers.SpatialDropout2D,
    layers.UpSampling2D,
    layers.ZeroPadding2D,
    AdaptiveAveragePooling2D,
    AdaptiveMaxPooling2D,
    BedOfNailsUpSampling2D,
    CheckSize2D,
    CropToCommon2D,
    CropToMatch2D,
    DilatedAveragePooling2D,
    DilatedMaxPooling2D,
    FlatMaxUnpooling2D,
    MaxPoolingWithArgmax2D,
    MaxPoolingWithIndices2D,
    MaxUnpooling2D,
    PadToMultiple2D,
    Resize2D,
    ReverseChannels,
    SpreadOverMap2D,
    *AUGMENTATIONS,
)
_OPERATIONS_IN_RANGE = (
    *("AveragePool", "Cast", "Clip", "Copy", "CropImages", "ExpandDims", "Flip"),
    *("GetItem", "Max", "MaxPool", "Mean", "Min", "Moveaxis", "Pad"),
    *("PadImages", "Repeat", "Reshape", "Resize", "Squeeze", "StopGradient"),
    *("Transpose",),
)
_MERGES_IN_RANGE = (
    layers.Average,
    layers.Concatenate,
    layers.Maximum,
    layers.Minimum,
    layers.Multiply,
)


def gives_probabilities(model: keras.Model) -> bool:
    """Whether the first output of a model is that of a sigmoid or a softmax.

    What may stand behind these is what leaves numbers in their range. Anything else,
    layers that Keras does not know among them, is taken to give logits.
    """
    try:
        _, outputs = ends_of(model, model.name)
    except ArgumentError:  # its call() is code, so the last layer must do
        return bool(model.layers) and _squashes(model.layers[-1])
    return _is_probability(tree.flatten(outputs)[0], model, ())


def _is_probability(tensor: KerasTensor, model: keras.Model, callers: tuple) -> bool:
    """Follows a tensor of a model back to its activation.

    `callers` are the models around this one, each with the node that calls the next.
    """
    inputs = tree.flatten(ends_of(model, model.name)[0])
    place = next((i for i, given in enumerate(inputs) if given is tensor), None)
    if place is not None:
        if not callers:
            return False
        (outer, node), *others = callers
        return _is_probability(node.input_tensors[place], outer, tuple(others))
    operation, node_index, index = tensor._keras_history
    node = operation._inbound_nodes[node_index]
    if isinstance(operation, keras.Model):
        return _of_model(operation, index, ((model, node), *callers))
    if type(operation) in _MERGES_IN_RANGE:
        return all(_is_probability(t, model, callers) for t in node.input_tensors)
    if not _stays_in_range(operation):
        return _squashes(operation)
    index = index if type(operation) is CropToCommon2D else 0  # others change their 1st
    return _is_probability(node.input_tensors[index], model, callers)


def _of_model(model: keras.Model, index: int, callers: tuple) -> bool:
    try:
        _, outputs = ends_of(model, model.name)
    except ArgumentError:
        return gives_probabilities(model)
    return _is_probability(tree.flatten(outputs)[index], model, callers)


def _stays_in_range(operation: keras.Operation) -> bool:
    if type(operation) is layers.Activation:
        return _name(operation.activation) == "linear"
    return type(operation) in _IN_RANGE or _is_op(operation, _OPERATIONS_IN_RANGE)


def _squashes(operation: keras.Operation) -> bool:
    if type(operation) is layers.Softmax or _is_op(operation, _SQUASHING_OPERATIONS):
        return True
    return _name(getattr(operation, "activation", None)) in _SQUASHING


def _name(activation) -> str:
    return getattr(activation, "__name__", type(activation).__name__.lower())


def _is_op(operation: keras.Operation, names: tuple[str, ...]) -> bool:
    kind = type(operation)  # keras.ops on a tensor: Keras gives it no public path
    return kind.__module__.startswith("keras.src.ops.") and kind.__name__ in names
