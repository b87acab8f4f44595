"""What was found in a model file, and what had to be mended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from kerasseg.old_models.references import legal_name


@dataclass
class Findings:
    """What a model file is.

    Attributes:
        format: `"HDF5"` or `".keras"`.
        keras_version: The version that wrote it, as written in it.
        backend: The backend that it was saved under, where the file tells.
        layers: The number of layers, those of nested models included.
        mended: What was changed so that today's Keras builds the same model.
    """

    format: str
    keras_version: str = ""
    backend: str | None = None
    layers: int = 0
    mended: list[str] = field(default_factory=list)


def list_repairs(before: Any, after: Any) -> list[str]:
    """What differs between the configuration of a file and the repaired one.

    Args:
        before: The configuration as the file has it.
        after: The configuration as today's Keras takes it.
    """
    old = [entry for entry in _entries(before) if isinstance(entry["config"], dict)]
    new = {_name(entry): entry for entry in _entries(after)}
    known = {_name(entry) for entry in old}
    classes: Counter = Counter()
    arguments: set[str] = set()
    for entry in old:
        made = new.get(_name(entry))
        if made is None:
            continue
        if _bare(entry) != _bare(made):
            classes[f"{_bare(entry)} → {_bare(made)}"] += 1
        else:
            arguments |= entry["config"].keys() - made["config"].keys()
    added = [e for e in new.values() if e["class_name"] == "InputLayer"]
    lines = [f"{change} ({count}×)" for change, count in sorted(classes.items())]
    if any(_name(entry) not in known for entry in added):
        lines.append("an input layer was missing")
    arguments -= {"layers", "input_layers", "output_layers", "build_input_shape"}
    if arguments:
        lines.append("arguments renamed or dropped: " + ", ".join(sorted(arguments)))
    return lines


def count_layers(config: Any) -> int:
    """The layers of a configuration, without models and inputs."""
    return sum(
        not _is_model(entry) and entry["class_name"] != "InputLayer"
        for entry in _entries(config)
    )


def _entries(value: Any) -> Iterator[dict[str, Any]]:
    """Every layer of a configuration, those of nested models included."""
    config = value.get("config") if isinstance(value, dict) else None
    layers = config if isinstance(config, list) else (config or {}).get("layers", [])
    for entry in layers:
        yield entry
        if _is_model(entry):
            yield from _entries(entry)


def _name(entry: dict[str, Any]) -> str:
    return legal_name(str(entry.get("name") or entry["config"].get("name")))


def _is_model(entry: dict[str, Any]) -> bool:
    config = entry["config"]
    return isinstance(config, list) or "layers" in config


def _bare(entry: dict[str, Any]) -> str:
    kind = (entry.get("registered_name") or entry["class_name"]).rpartition(">")[-1]
    return "Functional" if kind == "Model" else kind
