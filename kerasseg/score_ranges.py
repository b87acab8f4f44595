"""Between which numbers lies what is computed from probabilities.

A sigmoid gives 0…1, and so does `1 - p`; the sum of two gives 0…2, half of that 0…1.
What is not known is ±infinity. What was weighted anew, or never squashed, has no range:
it is no matter of probabilities any more.
"""

from __future__ import annotations

from itertools import chain, product
from math import inf, isinf

import keras
import numpy as np
from keras import KerasTensor, layers, tree

from kerasseg.errors import ArgumentError
from kerasseg.graph.nodes import ends_of
from kerasseg.layers import CropToCommon2D
from kerasseg.range_keepers import adds_zeros, keeps_range
from kerasseg.squashing import activation_name, squashes

Range = tuple[float, float]

ZERO_TO_ONE: Range = (0.0, 1.0)
_ZERO: Range = (0.0, 0.0)
_UNKNOWN: Range = (-inf, inf)
_WEIGHING = (
    *("BatchNorm", "Conv", "ConvTranspose", "DepthwiseConv", "Dot", "Einsum"),
    *("LogSoftmax", "Log", "LogSigmoid", "Matmul", "SeparableConv", "Tensordot"),
)
_MERGING = "keras.src.layers.merging."


class ScoreRanges:
    """The ranges of the tensors in a model, each found once.

    Attributes:
        unknown: The first operation on probabilities whose range nobody knows.
    """

    def __init__(self):
        self.unknown: keras.Operation | None = None
        self._found: dict[tuple, Range | None] = {}

    def of_model(
        self, model: keras.Model, index: int = 0, callers: tuple = ()
    ) -> Range | None:
        """The range of one of the outputs of a model.

        `callers` are the models around it, each with the node that calls the next.
        """
        try:
            _, outputs = ends_of(model, model.name)
        except ArgumentError:  # its call() is code, so the last layer must do
            squashed = bool(model.layers) and squashes(model.layers[-1])
            return ZERO_TO_ONE if squashed else None
        return self._of(tree.flatten(outputs)[index], model, callers)

    def _of(self, tensor: KerasTensor, model, callers: tuple) -> Range | None:
        key = (id(tensor), *(id(node) for _, node in callers))
        if key not in self._found:
            self._found[key] = self._trace(tensor, model, callers)
        return self._found[key]

    def _trace(self, tensor: KerasTensor, model, callers: tuple) -> Range | None:
        inputs = tree.flatten(ends_of(model, model.name)[0])
        place = next((i for i, given in enumerate(inputs) if given is tensor), None)
        if place is not None:
            if not callers:
                return None
            (outer, node), *others = callers
            return self._of(node.input_tensors[place], outer, tuple(others))
        operation, node_index, index = tensor._keras_history
        node = operation._inbound_nodes[node_index]
        if isinstance(operation, keras.Model):
            return self.of_model(operation, index, ((model, node), *callers))
        if squashes(operation):
            return ZERO_TO_ONE
        if getattr(operation, "weights", ()) or _is_op(operation, _WEIGHING):
            return None
        if keeps_range(operation):
            # Of what takes several, only this one gives one for each.
            index = index if type(operation) is CropToCommon2D else 0
            kept = self._of(node.input_tensors[index], model, callers)
            return _hull([kept, _ZERO]) if kept and adds_zeros(operation) else kept
        return self._computed(operation, node, model, callers)

    def _computed(self, operation, node, model, callers) -> Range | None:
        arguments = (node.arguments.args, node.arguments.kwargs)
        values = [v for v in tree.flatten(arguments) if v is not None]
        values += [v for v in node.input_tensors if all(v is not w for w in values)]
        given = [
            self._of(value, model, callers)
            if isinstance(value, KerasTensor)
            else _span(value)
            for value in values
        ]
        if None in given:
            return None
        found = _calculated(operation, given)
        if found == _UNKNOWN and self.unknown is None:
            self.unknown = operation
        return found


def _calculated(operation: keras.Operation, given: list[Range]) -> Range:
    """What an operation makes of numbers in these ranges."""
    kind, name = type(operation), type(operation).__name__
    if kind is layers.Rescaling:
        scale, offset = _span(operation.scale), _span(operation.offset)
        return _sum(_product(given[0], scale), offset)
    if kind is layers.ReLU:
        plain = not (operation.negative_slope or operation.threshold)
        return _cut(given[0], 0, operation.max_value) if plain else _UNKNOWN
    if kind is layers.Activation and activation_name(operation) == "relu":
        return _cut(given[0], 0, None)
    if not (_is_op(operation, (name,)) or kind.__module__.startswith(_MERGING)):
        return _UNKNOWN
    if name == "Average" and len(given) > 1 and _is_op(operation, (name,)):
        return _UNKNOWN  # the second are weights, which may be negative
    if name == "Pad":
        filled = _hull([given[0], *(given[1:] or [_ZERO])])
        return filled if operation.mode == "constant" else given[0]
    if name == "Clip":
        low, high = _span(operation.x_min), _span(operation.x_max)
        return _cut(given[0], low[0], high[1])
    rule = _RULES.get(name)
    return _UNKNOWN if rule is None else rule(given)


def _is_op(operation: keras.Operation, names: tuple[str, ...]) -> bool:
    kind = type(operation)  # keras.ops on a tensor: Keras gives it no public path
    return kind.__module__.startswith("keras.src.ops.") and kind.__name__ in names


def _span(numbers) -> Range:
    """The range of numbers that stand in a model."""
    try:
        values = np.asarray(keras.ops.convert_to_numpy(numbers), np.float64)
        return float(values.min()), float(values.max())
    except (TypeError, ValueError):  # `axis=None`, a name
        return _UNKNOWN


def _hull(ranges: list[Range]) -> Range:
    return min(low for low, _ in ranges), max(high for _, high in ranges)


def _sum(*ranges: Range) -> Range:
    return sum(low for low, _ in ranges), sum(high for _, high in ranges)


def _negative(one: Range) -> Range:
    return -one[1], -one[0]


def _product(*ranges: Range) -> Range:
    if any(map(isinf, chain(*ranges))):
        return _UNKNOWN
    products = [float(np.prod(ends)) for ends in product(*ranges)]
    return min(products), max(products)


def _quotient(one: Range, other: Range) -> Range:
    if other[0] <= 0 <= other[1]:
        return _UNKNOWN
    return _product(one, (1 / other[1], 1 / other[0]))


def _cut(one: Range, low: float, high: float | None) -> Range:
    high = inf if high is None else high
    return min(max(one[0], low), high), min(max(one[1], low), high)


_RULES = {
    "Add": lambda given: _sum(*given),
    "Average": _hull,
    "Concatenate": _hull,
    "Divide": lambda given: _quotient(*given),
    "Maximum": lambda given: tuple(map(max, *given)),
    "Minimum": lambda given: tuple(map(min, *given)),
    "Multiply": lambda given: _product(*given),
    "Negative": lambda given: _negative(given[0]),
    "Relu": lambda given: _cut(given[0], 0, None),
    "Relu6": lambda given: _cut(given[0], 0, 6),
    "Stack": _hull,
    "Subtract": lambda given: _sum(given[0], _negative(given[1])),
    "TrueDivide": lambda given: _quotient(*given),
}
