"""The options that all losses share, checked once and kept as plain numbers."""

from __future__ import annotations

import math
import numbers
from collections.abc import Mapping, Sequence

from kerasseg.errors import ArgumentError

ClassWeight = Sequence[float] | Mapping[int, float]


def checked_class_weight(class_weight) -> list[float] | dict[int, float] | None:
    """Class weights as a list, or as a dictionary by class id."""
    if class_weight is None:
        return None
    try:
        if isinstance(class_weight, Mapping):  # JSON turns the keys into text
            weights = {int(k): float(w) for k, w in class_weight.items()}
        else:
            weights = [float(weight) for weight in class_weight]
    except (TypeError, ValueError):
        raise _class_weight_error(class_weight) from None
    values = weights.values() if isinstance(weights, dict) else weights
    if not all(math.isfinite(weight) and weight >= 0 for weight in values):
        raise _class_weight_error(class_weight)
    return weights


def _class_weight_error(class_weight) -> ArgumentError:
    return ArgumentError(
        "class_weight must hold a finite number ≥ 0 a class, as a sequence or as "
        f"{{class id: weight}}. Received: class_weight={class_weight!r}"
    )


def weights_of_classes(class_weight, classes: int) -> list[float] | None:
    """One weight for each of `classes`, or `None`; ids not named weigh 1."""
    if class_weight is None:
        return None
    if isinstance(class_weight, dict):
        if not all(0 <= index < classes for index in class_weight):
            raise ArgumentError(
                f"class_weight names a class that is not among the {classes} of the "
                f"scores. Received: class_weight={class_weight!r}"
            )
        return [class_weight.get(index, 1.0) for index in range(classes)]
    if len(class_weight) != classes:
        raise ArgumentError(
            f"class_weight must hold {classes} weights, one for each class of the "
            f"scores. Received: {len(class_weight)} weights, {class_weight!r}"
        )
    return class_weight


def checked_number(name: str, value, least: float, most: float = math.inf) -> float:
    """`value` as a float, if it is a number in the closed range."""
    real = isinstance(value, numbers.Real) and not isinstance(value, bool)
    if not (real and math.isfinite(value) and least <= value <= most):
        upper = "" if math.isinf(most) else f" and ≤ {most:g}"
        raise ArgumentError(
            f"{name} must be a number ≥ {least:g}{upper}. Received: {name}={value!r}"
        )
    return float(value)


def checked_choice(name: str, value, choices: tuple):
    """`value`, if it is one of the choices."""
    if value not in choices:
        listed = ", ".join(repr(choice) for choice in choices)
        raise ArgumentError(
            f"{name} must be one of {listed}. Received: {name}={value!r}"
        )
    return value
