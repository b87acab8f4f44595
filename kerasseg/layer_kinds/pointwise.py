"""What treats every place of a map alike and alone, or joins maps place by place."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import keras
from keras import layers

from kerasseg.layer_kinds.axes import has_axis
from kerasseg.layer_kinds.operations import (
    REDUCTIONS,
    is_elementwise_operation,
    is_op,
)
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

MERGES = (
    layers.Add,
    layers.Average,
    layers.Concatenate,
    layers.Maximum,
    layers.Minimum,
    layers.Multiply,
    layers.Subtract,
)


def is_pointwise(operation: keras.Operation) -> bool:
    """Whether one place of the output depends on that place of the input alone."""
    if type(operation) in POINTWISE + AUGMENTATIONS:
        return True
    if is_op(operation, ("LogSoftmax", "Softmax")):
        return True
    if is_op(operation, REDUCTIONS) and has_axis(operation):
        return True
    if _is_of_applications(operation, ("LayerScale", "StochasticDepth")):
        return True
    return is_declared(operation) or is_elementwise_operation(operation)


def is_merge(operation: keras.Operation) -> bool:
    """Whether the operation joins several maps place by place."""
    if _is_of_applications(operation, ("CustomScaleLayer",)):  # Inception-ResNet's sum
        return True
    return type(operation) in MERGES or is_op(operation, ("Concatenate",))


def is_elementwise_layer(operation: Any) -> bool:
    """Whether this layer treats every number by itself, whatever the axes mean."""
    return type(operation) in ELEMENTWISE or is_declared(operation)


def _is_of_applications(operation: keras.Operation, names: Collection[str]) -> bool:
    kind = type(operation)
    is_theirs = kind.__module__.startswith("keras.src.applications.")
    return is_theirs and kind.__name__ in names
