"""What each Keras layer reads around a place of its input map.

Receptive fields and conversion need the same knowledge of a layer: does it treat every
place alike and alone, look at a window around it, or at the whole map? Only exact types
count: a subclass may compute anything, so it is unknown until its author says
otherwise (`kerasseg.elementwise`).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import keras
from keras import layers

from kerasseg.graph import Call
from kerasseg.layers import LocalResponseNormalization, ReverseChannels
from kerasseg.own_layers import is_declared

# Each place of the output comes from the same place of the input, by the same function
# of the channels there (at inference: noise and dropout pass the values on).
POINTWISE = (
    layers.Activation,
    layers.ActivityRegularization,
    layers.AlphaDropout,
    layers.BatchNormalization,
    layers.Dense,
    layers.Dropout,
    layers.ELU,
    layers.GaussianDropout,
    layers.GaussianNoise,
    layers.Identity,
    layers.LayerNormalization,
    layers.LeakyReLU,
    layers.Normalization,
    layers.PReLU,
    layers.ReLU,
    layers.Rescaling,
    layers.RMSNormalization,
    layers.Softmax,
    layers.SpatialDropout2D,
    layers.UnitNormalization,
    LocalResponseNormalization,
    ReverseChannels,
)

# Treat every number by itself, whatever the axes mean.
ELEMENTWISE = (
    layers.ActivityRegularization,
    layers.AlphaDropout,
    layers.ELU,
    layers.GaussianDropout,
    layers.GaussianNoise,
    layers.Identity,
    layers.LeakyReLU,
    layers.ReLU,
)

# Augmentation acts in training alone. RandomCrop is not among them: it crops always.
AUGMENTATIONS = tuple(
    getattr(layers, name)
    for name in (
        "RandomBrightness",
        "RandomColorDegeneration",
        "RandomColorJitter",
        "RandomContrast",
        "RandomElasticTransform",
        "RandomErasing",
        "RandomFlip",
        "RandomGaussianBlur",
        "RandomGrayscale",
        "RandomHue",
        "RandomInvert",
        "RandomPerspective",
        "RandomPosterization",
        "RandomRotation",
        "RandomSaturation",
        "RandomSharpness",
        "RandomShear",
        "RandomTranslation",
        "RandomZoom",
    )
)

_LAYERS_WITH_AXIS = (
    layers.BatchNormalization,
    layers.Concatenate,
    layers.LayerNormalization,
    layers.Normalization,
    layers.RMSNormalization,
    layers.Softmax,
    layers.UnitNormalization,
)


MERGES = (
    layers.Add,
    layers.Average,
    layers.Concatenate,
    layers.Maximum,
    layers.Minimum,
    layers.Multiply,
    layers.Subtract,
)


# keras.ops called on symbolic tensors (`x * 2`, `keras.ops.relu(x)`) stand in the graph
# as operations of these names, and Keras gives their classes no public path.
ELEMENTWISE_OPERATIONS = frozenset(
    (
        "Absolute",
        "Add",
        "Cast",
        "Clip",
        "Divide",
        "Elu",
        "Exp",
        "Gelu",
        "HardSigmoid",
        "HardSilu",
        "LeakyRelu",
        "Log",
        "LogSigmoid",
        "Maximum",
        "Minimum",
        "Multiply",
        "Negative",
        "Power",
        "Relu",
        "Relu6",
        "Selu",
        "Sigmoid",
        "Silu",
        "Softplus",
        "Softsign",
        "Sqrt",
        "Square",
        "Subtract",
        "Tanh",
        "TrueDivide",
    )
)


_REDUCTIONS = ("Max", "Mean", "Min", "Sum")


def is_pointwise(operation: keras.Operation) -> bool:
    """Whether one place of the output depends on that place of the input alone."""
    if type(operation) in POINTWISE + AUGMENTATIONS:
        return True
    if _is_op(operation, ("LogSoftmax", "Softmax")):
        return True
    if _is_op(operation, _REDUCTIONS) and has_axis(operation):
        return True
    if _is_of_applications(operation, ("LayerScale", "StochasticDepth")):
        return True
    return is_declared(operation) or is_elementwise_operation(operation)


def is_merge(operation: keras.Operation) -> bool:
    """Whether the operation joins several maps place by place."""
    if _is_of_applications(operation, ("CustomScaleLayer",)):  # Inception-ResNet's sum
        return True
    return type(operation) in MERGES or _is_op(operation, ("Concatenate",))


def is_elementwise_layer(operation: Any) -> bool:
    """Whether this layer treats every number by itself, whatever the axes mean."""
    return type(operation) in ELEMENTWISE or is_declared(operation)


def is_elementwise_operation(operation: keras.Operation) -> bool:
    """Whether this is a `keras.ops` function applied to each number by itself."""
    return _is_op(operation, ELEMENTWISE_OPERATIONS)


def is_activation_operation(operation: keras.Operation) -> bool:
    """Whether this is an activation of `keras.ops`, called on a tensor of a model."""
    names = ("HardSigmoid", "LogSigmoid", "LogSoftmax", "Relu", "Sigmoid", "Softmax")
    return _is_op(operation, (*names, "Softplus", "Tanh"))


def has_axis(operation: keras.Operation) -> bool:
    """Whether the operation works along the axis in its attribute `axis`."""
    if type(operation) in _LAYERS_WITH_AXIS:
        return True
    if _is_op(operation, _REDUCTIONS):  # along one axis that stays: of attention
        axes = operation.axis
        along_one = isinstance(axes, int) or len(axes or ()) == 1
        return along_one and bool(operation.keepdims)
    return _is_op(operation, ("Concatenate", "LogSoftmax", "Softmax"))


def works_on_channels(operation: keras.Operation, rank: int) -> bool:
    """Whether an operation reads no other axis than the last of so many.

    True too for those that work along no axis at all.
    """
    if not has_axis(operation):
        return True
    axes = operation.axis
    if axes is None or axes == ():  # Normalization by one mean for all
        return type(operation) is layers.Normalization
    axes = axes if isinstance(axes, (list, tuple)) else [axes]
    return {axis % rank for axis in axes} == {rank - 1}


@dataclass(frozen=True)
class GlobalPooling:
    """A pooling of a whole map to one vector.

    Attributes:
        mean: Whether it takes the mean; else the maximum.
        keepdims: Whether the vector stays a map of one cell.
    """

    mean: bool
    keepdims: bool


def global_pooling(operation: keras.Operation) -> GlobalPooling | None:
    """What kind of global pooling this is, or `None`.

    `keras.ops.mean` and `max` over height and width are the same as the layers.
    """
    kind = type(operation)
    if kind in (layers.GlobalAveragePooling2D, layers.GlobalMaxPooling2D):
        is_mean = kind is layers.GlobalAveragePooling2D
        return GlobalPooling(is_mean, bool(operation.keepdims))
    axes = getattr(operation, "axis", None)
    over_places = isinstance(axes, (list, tuple)) and {a % 4 for a in axes} == {1, 2}
    if over_places and _is_op(operation, ("Mean", "Max")):
        return GlobalPooling(kind.__name__ == "Mean", bool(operation.keepdims))
    return None


def is_flattening(operation: keras.Operation) -> bool:
    """Whether the operation only gives its numbers another shape, in the same order."""
    is_layer = type(operation) in (layers.Flatten, layers.Reshape)
    return is_layer or _is_op(operation, ("Reshape", "Squeeze"))


def adds_channel_axis(call: Call) -> bool:
    """Whether an image `(batch, h, w)` becomes `(batch, h, w, 1)` here."""
    kinds = (layers.Reshape,)
    if type(call.operation) not in kinds and not _is_op(
        call.operation, ("ExpandDims", "Reshape")
    ):
        return False
    before, after = call.inputs[0].shape, call.outputs[0].shape
    return len(before) == 3 and tuple(after[1:]) == (*before[1:], 1)


def _is_of_applications(operation: keras.Operation, names: Collection[str]) -> bool:
    kind = type(operation)
    is_theirs = kind.__module__.startswith("keras.src.applications.")
    return is_theirs and kind.__name__ in names


def _is_op(operation: keras.Operation, names: Collection[str]) -> bool:
    kind = type(operation)
    return kind.__module__.startswith("keras.src.ops.") and kind.__name__ in names
