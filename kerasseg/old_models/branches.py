"""A Sequential of Keras 1 that begins by joining several others."""

from __future__ import annotations

from typing import Any


def branches_as_graph(config: dict[str, Any]) -> dict[str, Any] | None:
    """The configuration of a functional model, or `None` for an ordinary Sequential.

    `Sequential([Merge([left, right], mode="concat"), Dense(2)])` had one input for each
    branch. The weights of all branches stand side by side in the file, and so do the
    layers in the graph.
    """
    entries = config["layers"]
    if not entries or entries[0]["class_name"] != "Merge":
        return None
    if not entries[0]["config"].get("layers"):
        return None
    merge, *rest = entries
    graph = _Chain()
    inputs, ends = [], []
    for branch in merge["config"]["layers"]:
        inner = branch["config"]
        layers = inner if isinstance(inner, list) else inner["layers"]
        graph.add_input(layers[0])
        inputs.append(graph.end)
        for layer in layers:
            graph.add(layer, [graph.end])
        ends.append(graph.end)
    own = {k: v for k, v in merge["config"].items() if k != "layers"}
    graph.add({"class_name": "Merge", "config": {"name": "merge_1", **own}}, ends)
    for layer in rest:
        graph.add(layer, [graph.end])
    return {
        "name": config.get("name", "model"),
        "layers": graph.layers,
        "input_layers": inputs,
        "output_layers": [graph.end],
    }


class _Chain:
    """Layers of a functional model, each behind those named."""

    def __init__(self):
        self.layers: list[dict[str, Any]] = []
        self.end: list = []

    def add_input(self, first: dict[str, Any]) -> None:
        config = first["config"]
        shape = config.get("batch_input_shape") or [None, config.get("input_dim")]
        name = f"{config.get('name', 'branch')}_input"
        entry = {"class_name": "InputLayer", "config": {"batch_input_shape": shape}}
        self.add({**entry, "config": {**entry["config"], "name": name}}, [])

    def add(self, layer: dict[str, Any], sources: list) -> None:
        fallback = f"{layer['class_name'].lower()}_{len(self.layers)}"
        name = layer["config"].get("name", fallback)
        nodes = [sources] if sources else []
        self.layers.append({**layer, "name": name, "inbound_nodes": nodes})
        self.end = [name, 0, 0]
