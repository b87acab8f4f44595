"""Operations of `keras.ops` as they stand in a graph, by their names."""

from __future__ import annotations

from collections.abc import Collection

import keras

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

REDUCTIONS = ("Max", "Mean", "Min", "Sum")


def is_op(operation: keras.Operation, names: Collection[str]) -> bool:
    """Whether this is an operation of `keras.ops` of one of these names."""
    kind = type(operation)
    return kind.__module__.startswith("keras.src.ops.") and kind.__name__ in names


def is_elementwise_operation(operation: keras.Operation) -> bool:
    """Whether this is a `keras.ops` function applied to each number by itself."""
    return is_op(operation, ELEMENTWISE_OPERATIONS)


def is_activation_operation(operation: keras.Operation) -> bool:
    """Whether this is an activation of `keras.ops`, called on a tensor of a model."""
    names = ("HardSigmoid", "LogSigmoid", "LogSoftmax", "Relu", "Sigmoid", "Softmax")
    return is_op(operation, (*names, "Softplus", "Tanh"))
