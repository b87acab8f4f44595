"""What each Keras layer reads around a place of its input map.

Receptive fields and conversion need the same knowledge of a layer: does it treat every
place alike and alone, look at a window around it, or at the whole map? Only exact types
count: a subclass may compute anything, so it is unknown until someone says otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass

import keras
from keras import layers

from kerasseg.layers import LocalResponseNormalization, UnfoldWindows2D

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

CONVOLUTIONS = (layers.Conv2D, layers.DepthwiseConv2D, layers.SeparableConv2D)
POOLINGS = (layers.AveragePooling2D, layers.MaxPooling2D)
GLOBAL_POOLINGS = (layers.GlobalAveragePooling2D, layers.GlobalMaxPooling2D)
FLATTENINGS = (layers.Flatten, layers.Reshape)

# keras.ops called on symbolic tensors (`x * 2`, `keras.ops.relu(x)`) stand in the graph
# as operations of these names, and Keras gives their classes no public path.
ELEMENTWISE_OPERATIONS = frozenset(
    (
        "Absolute",
        "Add",
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


@dataclass(frozen=True)
class Window:
    """A window slid over a map; every field holds a (y, x) pair.

    Attributes:
        kernel_size: Cells that the window spans, before dilation.
        strides: Cells between one window and the next.
        dilation_rate: Cells between neighbours inside the window.
        padding: `"valid"`, `"same"`, or how many zeros stand before and after:
            `((top, bottom), (left, right))`, negative where cells are cut off.
    """

    kernel_size: tuple[int, int]
    strides: tuple[int, int]
    dilation_rate: tuple[int, int]
    padding: str | tuple[tuple[int, int], tuple[int, int]]


def is_pointwise(operation: keras.Operation) -> bool:
    """Whether one place of the output depends on that place of the input alone."""
    return type(operation) in POINTWISE or is_elementwise_operation(operation)


def is_merge(operation: keras.Operation) -> bool:
    """Whether the operation joins several maps place by place."""
    return type(operation) in MERGES


def is_elementwise_operation(operation: keras.Operation) -> bool:
    """Whether this is a `keras.ops` function applied to each number by itself."""
    kind = type(operation)
    return (
        kind.__module__.startswith("keras.src.ops.")
        and kind.__name__ in ELEMENTWISE_OPERATIONS
    )


def window_of(operation: keras.Operation) -> Window | None:
    """The window that a convolution, pooling, padding or cropping layer slides.

    Returns:
        The window, or `None` for a layer of another kind.
    """
    kind = type(operation)
    if kind in CONVOLUTIONS:
        return Window(
            tuple(operation.kernel_size),
            tuple(operation.strides),
            tuple(operation.dilation_rate),
            operation.padding,
        )
    if kind in POOLINGS:
        return Window(
            tuple(operation.pool_size),
            tuple(operation.strides),
            (1, 1),
            operation.padding,
        )
    if kind is UnfoldWindows2D:
        return Window(operation.window_size, (1, 1), (1, 1), operation.padding)
    if kind is layers.ZeroPadding2D:
        return Window((1, 1), (1, 1), (1, 1), operation.padding)
    if kind is layers.Cropping2D:
        (top, bottom), (left, right) = operation.cropping
        return Window((1, 1), (1, 1), (1, 1), ((-top, -bottom), (-left, -right)))
    return None


def spatial_axes(data_format: str | None) -> tuple[int, int]:
    """The (y, x) axes of a batch of maps."""
    return (2, 3) if data_format == "channels_first" else (1, 2)
