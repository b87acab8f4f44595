"""References from one layer of a configuration to the tensors of others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

CONSTANT = "_CONSTANT_VALUE"  # what Keras 2 writes where a number is an argument


def map_references(value: Any, change: Callable[[list], Any]) -> Any:
    """Applies `change` to every `[layer, node, tensor, ...]` in nested lists."""
    if isinstance(value, dict):
        return {key: map_references(v, change) for key, v in value.items()}
    if not isinstance(value, list):
        return value
    if is_reference(value):
        rest = [map_references(v, change) for v in value[3:]]
        return change([*value[:3], *rest])
    return [map_references(item, change) for item in value]


def is_reference(value: Any) -> bool:
    """Whether this is `[layer, node, tensor]`, with or without keyword arguments."""
    if not isinstance(value, list) or len(value) not in (3, 4):
        return False
    name, node, tensor = value[:3]
    return isinstance(name, str) and isinstance(node, int) and isinstance(tensor, int)


def is_constant(value: Any) -> bool:
    """Whether this is `["_CONSTANT_VALUE", -1, number, ...]`."""
    return isinstance(value, list) and value[:2] == [CONSTANT, -1]


def legal_name(name: str) -> str:
    """A layer's name without slashes, which today's Keras keeps for paths."""
    return name.replace("/", "_")
