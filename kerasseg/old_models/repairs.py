"""Configurations of old models, rewritten into what today's Keras reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerasseg.old_models.addons import from_addons
from kerasseg.old_models.arguments import repair_arguments
from kerasseg.old_models.branches import branches_as_graph
from kerasseg.old_models.keras1 import rename_keras1, with_orderings
from kerasseg.old_models.node_numbers import node_of_today, node_shifts, shifted
from kerasseg.old_models.operations import operation_as_layer
from kerasseg.old_models.references import is_reference, legal_name

MODELS = ("Functional", "Model", "Sequential")
# Layers that hold others, under these names.
_HELD = ("layer", "backward_layer", "cell")
# Classes that packages brought and that do what a layer of Keras does.
_SAME_AS: dict[str, tuple[str, dict[str, str]]] = {
    "BatchNormalizationV1": ("BatchNormalization", {}),
    "BatchNormalizationV2": ("BatchNormalization", {}),
    "DropConnect": ("Dropout", {"drop_connect_rate": "rate"}),
    "FixedDropout": ("Dropout", {}),
    "HSwish": ("Activation", {}),
    "RandomCrop": ("Resizing", {}),  # what it did at inference; today it does nothing
    "Swish": ("Activation", {}),
    "ThresholdedReLU": ("ReLU", {"theta": "threshold"}),
}
# A layer of Custom> is the author's own, whatever of Keras's it is called.
_PACKAGES = ("Addons>Group", "Keras>", "experimental.")
_ADDED = {
    "HSwish": {"activation": "hard_silu"},
    "RandomCrop": {"crop_to_aspect_ratio": True},
    "Swish": {"activation": "silu"},
}


def repair_model(
    config: Any, name: str = "model", custom_objects: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Rewrites the configuration of a whole model.

    Args:
        config: As parsed from the file: `{"class_name": ..., "config": ...}`.
        name: For a Sequential that has none.
        custom_objects: Classes and functions that the user brings, by name; layers of
            those classes stay as they are.

    Returns:
        A new configuration; the old one is not changed.

    Raises:
        KerasSegError: A layer has an argument whose meaning is lost.
    """
    return _Repair(custom_objects or {}).model(_plain(config), name)


class _Repair:
    def __init__(self, custom_objects: Mapping[str, Any]):
        self.custom_objects = custom_objects

    def model(self, entry: dict[str, Any], name: str) -> dict[str, Any]:
        config = entry["config"]
        if entry["class_name"] == "Sequential":
            if isinstance(config, list):  # Keras 1 and 2.0 to 2.1: the layers alone
                config = {"name": name, "layers": config}
            graph = branches_as_graph(config)
            if graph is None:
                return {**entry, "config": self.sequential(config, name)}
            entry, config = {**entry, "class_name": "Functional"}, graph
        return {**entry, "config": self.functional(config)}

    def layer(self, entry: dict[str, Any]) -> dict[str, Any]:
        entry = _plain(entry)
        if is_model(entry):
            return self.model(entry, entry.get("name", "model"))
        kind = entry["class_name"]
        if kind in self.custom_objects or kind.split(">")[-1] in self.custom_objects:
            config = dict(entry["config"])
        else:
            entry = operation_as_layer(rename_keras1(_of_today(from_addons(entry))))
            config = repair_arguments(
                entry["class_name"], entry["config"], self.custom_objects
            )
        for key in _HELD:
            if isinstance(config.get(key), dict) and "class_name" in config[key]:
                config[key] = {"module": "keras.layers", **self.layer(config[key])}
        if isinstance(config.get("name"), str):
            config["name"] = legal_name(config["name"])
        return {**entry, "config": config}

    def sequential(self, config: dict[str, Any], name: str) -> dict[str, Any]:
        entries = with_orderings([_plain(entry) for entry in config["layers"]])
        shape = _input_shape(entries[0]) if entries else None
        named = [{"name": f"{name}_{i + 1}", **e} for i, e in enumerate(entries)]
        layers = [_without_name(self.layer(entry)) for entry in named]
        for i, layer in enumerate(layers):
            unnamed = f"{layer['class_name'].lower()}_{i + 1}"
            layer["config"].setdefault("name", unnamed)
        if shape is None:
            shape = config.get("build_input_shape")
        if shape is not None and layers[0]["class_name"] != "InputLayer":
            name_of_input = f"{layers[0]['config']['name']}_input"
            inner = {"batch_shape": shape, "name": name_of_input}
            layers.insert(0, {"class_name": "InputLayer", "config": inner})
        return {"name": legal_name(config.get("name", name)), "layers": layers}

    def functional(self, config: dict[str, Any]) -> dict[str, Any]:
        layers = [self.layer(entry) for entry in with_orderings(config["layers"])]
        for layer in layers:
            name = layer.get("name", layer["config"].get("name"))
            layer["name"] = layer["config"]["name"] = legal_name(name)
        models = [layer["name"] for layer in layers if layer["class_name"] in MODELS]
        shifts = node_shifts(layers, models, config["output_layers"])
        for layer in layers:
            nodes = layer.get("inbound_nodes", [])
            layer["inbound_nodes"] = [
                node_of_today(shifted(node, shifts)) for node in nodes
            ]
        return {
            "name": legal_name(config.get("name", "model")),
            "layers": layers,
            "input_layers": _one_alone(shifted(config["input_layers"], shifts)),
            "output_layers": _one_alone(shifted(config["output_layers"], shifts)),
        }


def _without_name(entry: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in entry.items() if k != "name"}


def is_model(entry: dict[str, Any]) -> bool:
    """Whether an entry is a model: of one of these classes, or of a class like them."""
    config = entry["config"]
    if entry["class_name"] in MODELS:
        return True
    return isinstance(config, dict) and {"layers", "input_layers"} <= config.keys()


def _plain(entry: dict[str, Any]) -> dict[str, Any]:
    """An entry under the plain name of its class.

    Keras 2.13 and later name the module too, which since has moved.
    """
    kept = {k: v for k, v in entry.items() if k in ("class_name", "config")}
    for key in ("name", "inbound_nodes"):
        if key in entry:
            kept[key] = entry[key]
    if entry.get("registered_name"):
        kept["class_name"] = entry["registered_name"]
    if kept["class_name"] not in MODELS and is_model(kept):
        kept["class_name"] = "Functional"
    return kept


def _of_today(entry: dict[str, Any]) -> dict[str, Any]:
    """A layer under the name of Keras's own, if it goes by that of a package."""
    kind = entry["class_name"].rpartition(">")[-1]
    if entry["class_name"].startswith(_PACKAGES):
        entry = {**entry, "class_name": kind}
    if kind not in _SAME_AS:
        return entry
    same, names = _SAME_AS[kind]
    config = {names.get(k, k): v for k, v in entry["config"].items()}
    return {
        **entry,
        "class_name": same,
        "config": {**config, **_ADDED.get(kind, {})},
    }


def _input_shape(entry: dict[str, Any]) -> list | None:
    """The shape with the batch that a first layer takes, wherever it is written."""
    config = entry["config"]
    if entry["class_name"] == "InputLayer" or is_model(entry):
        return None  # a nested model brings its own
    if config.get("batch_input_shape"):
        return config["batch_input_shape"]
    if config.get("input_shape"):
        return [None, *config["input_shape"]]
    if config.get("input_dim"):
        length = [config["input_length"]] if config.get("input_length") else []
        return [None, *length, config["input_dim"]]
    return None


def _one_alone(references: Any) -> Any:
    """A list of one tensor as that tensor, or a nested model would give a list."""
    is_list = isinstance(references, list) and not is_reference(references)
    return references[0] if is_list and len(references) == 1 else references
