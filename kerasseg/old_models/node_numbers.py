"""Which use of a nested model a reference means, as the versions of Keras count."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kerasseg.old_models.references import (
    is_reference,
    legal_name,
    map_references,
)


def node_shifts(
    layers: list[dict[str, Any]], models: Sequence[str], outputs: Any
) -> dict[str, int]:
    """By how much references to nested models count too far.

    In Keras 2 the first node of a nested model was its own making, and its first use
    was number 1; today the first use is number 0.

    Args:
        layers: The entries of all layers.
        models: Names of those that are models.
        outputs: References to the outputs.
    """
    used: dict[str, set[int]] = {}

    def note(reference):
        used.setdefault(legal_name(reference[0]), set()).add(reference[1])
        return reference

    map_references(
        [[layer.get("inbound_nodes", []) for layer in layers], outputs], note
    )
    shifts = {}
    for layer in layers:
        numbers = used.get(layer["name"])
        calls = len(layer.get("inbound_nodes", []))
        if layer["name"] in models and numbers and max(numbers) >= calls:
            shifts[layer["name"]] = max(numbers) - calls + 1
    return shifts


def shifted(references: Any, shifts: dict[str, int]) -> Any:
    """The references with today's numbers, and names without slashes."""

    def shift(reference):
        name = legal_name(reference[0])
        return [name, max(reference[1] - shifts.get(name, 0), 0), *reference[2:]]

    return map_references(references, shift)


def node_of_today(node: Any) -> Any:
    """A node whose keyword arguments hold tensors, in the form of Keras 3.

    That of Keras 2 is read today as well, but for such arguments.
    """
    references = node if node and isinstance(node[0], list) else [node]
    if len(references) != 1 or len(references[0]) != 4:
        return node
    *reference, kwargs = references[0]
    if not any(is_reference(value) for value in kwargs.values()):
        return node
    kwargs = {k: _tensor(v) if is_reference(v) else v for k, v in kwargs.items()}
    return {"args": [_tensor(reference)], "kwargs": kwargs}


def _tensor(reference: list) -> dict[str, Any]:
    config = {"shape": [None], "dtype": "float32", "keras_history": reference[:3]}
    return {"class_name": "__keras_tensor__", "config": config}
