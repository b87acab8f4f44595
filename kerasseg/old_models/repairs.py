"""Configurations of old models, rewritten into what today's Keras reads."""

from __future__ import annotations

from typing import Any

from kerasseg.errors import KerasSegError
from kerasseg.old_models.keras1 import rename_keras1

MODELS = ("Functional", "Model", "Sequential")

# Arguments that later versions dropped. Each is listed with the values under which the
# layer computes the same without it; any other value is an error.
_DROPPED: dict[str, tuple] = {
    "adjustment": (None,),
    "batch_input_shape": (),
    "build_input_shape": (),
    "fused": (None, True, False),
    "implementation": (0, 1, 2),
    "input_dim": (),
    "input_length": (),
    "input_shape": (),
    "ragged": (False, None),
    "sparsity": (None,),
    "time_major": (False,),
    "virtual_batch_size": (None,),
}
_DROPPED_FROM: dict[str, dict[str, tuple]] = {
    "BatchNormalization": {"mode": (0,)},
    "DepthwiseConv2D": {
        "filters": (),
        "groups": (1,),
        "kernel_constraint": (),
        "kernel_initializer": (),
        "kernel_regularizer": (),
    },
    "SeparableConv2D": {
        "groups": (1,),
        "kernel_constraint": (),
        "kernel_initializer": (),
        "kernel_regularizer": (),
    },
}
_ANY: tuple = ()


def repair_model(config: Any, name: str = "model") -> dict[str, Any]:
    """Rewrites the configuration of a whole model.

    Args:
        config: As parsed from the file: `{"class_name": ..., "config": ...}`.
        name: For a Sequential that has none.

    Returns:
        A new configuration; the old one is not changed.

    Raises:
        KerasSegError: A layer has an argument whose meaning is lost.
    """
    entry = _plain(config)
    if entry["class_name"] == "Sequential":
        return {**entry, "config": _repair_sequential(entry["config"], name)}
    return {**entry, "config": _repair_functional(entry["config"])}


def _repair_entry(entry: dict[str, Any]) -> dict[str, Any]:
    entry = _plain(entry)
    if entry["class_name"] in MODELS:
        return repair_model(entry, entry.get("name", "model"))
    entry = _operation_as_layer(rename_keras1(entry))
    config = _without_dropped(entry["class_name"], entry["config"])
    config = {key: _initializer_without_dtype(value) for key, value in config.items()}
    if isinstance(config.get("name"), str):
        config["name"] = _legal(config["name"])
    return {**entry, "config": config}


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
    return kept


def _repair_sequential(config: Any, name: str) -> dict[str, Any]:
    if isinstance(config, list):  # Keras 1 and 2.0 to 2.1 wrote the layers alone
        config = {"name": name, "layers": config}
    entries = [_plain(entry) for entry in config["layers"]]
    shape = _input_shape(entries[0]) if entries else None
    layers = [_repair_entry(entry) for entry in entries]
    for i, layer in enumerate(layers):
        layer["config"].setdefault("name", f"{layer['class_name'].lower()}_{i + 1}")
    if shape is None:
        shape = config.get("build_input_shape")
    if shape is not None and layers[0]["class_name"] != "InputLayer":
        inner = {"batch_shape": shape, "name": f"{layers[0]['config']['name']}_input"}
        layers.insert(0, {"class_name": "InputLayer", "config": inner})
    return {"name": config.get("name", name), "layers": layers}


def _input_shape(entry: dict[str, Any]) -> list | None:
    """The shape with the batch that a first layer takes, wherever it is written."""
    config = entry["config"]
    if entry["class_name"] == "InputLayer":
        return None
    if entry["class_name"] in MODELS:
        return None  # a nested model brings its own
    if config.get("batch_input_shape"):
        return config["batch_input_shape"]
    if config.get("input_shape"):
        return [None, *config["input_shape"]]
    if config.get("input_dim"):
        return [None, config["input_dim"]]
    return None


def _repair_functional(config: dict[str, Any]) -> dict[str, Any]:
    layers = [_repair_entry(entry) for entry in config["layers"]]
    for layer in layers:
        layer["name"] = layer["config"]["name"] = _legal(layer["name"])
    shifts = _node_shifts(config, layers)
    for layer in layers:
        layer["inbound_nodes"] = [
            _shifted(node, shifts) for node in layer.get("inbound_nodes", [])
        ]
    return {
        "name": config.get("name", "model"),
        "layers": layers,
        "input_layers": _one_alone(_shifted(config["input_layers"], shifts)),
        "output_layers": _one_alone(_shifted(config["output_layers"], shifts)),
    }


def _one_alone(references: Any) -> Any:
    """A list of one tensor as that tensor, or a nested model would give a list."""
    is_list = isinstance(references, list) and not _is_reference(references)
    return references[0] if is_list and len(references) == 1 else references


def _node_shifts(config: dict[str, Any], layers: list[dict]) -> dict[str, int]:
    """By how much references to nested models count too far.

    In Keras 2 the first node of a nested model was its own making, and its first use
    was number 1; today the first use is number 0.
    """
    used: dict[str, set[int]] = {}

    def note(reference):
        used.setdefault(_legal(reference[0]), set()).add(reference[1])
        return reference

    nodes = [layer.get("inbound_nodes", []) for layer in layers]
    _map_references([nodes, config["output_layers"]], note)
    shifts = {}
    for layer in layers:
        numbers = used.get(layer["name"])
        calls = len(layer.get("inbound_nodes", []))
        if layer["class_name"] in MODELS and numbers and max(numbers) >= calls:
            shifts[layer["name"]] = max(numbers) - calls + 1
    return shifts


def _shifted(references: Any, shifts: dict[str, int]) -> Any:
    def shift(reference):
        name = _legal(reference[0])
        return [name, max(reference[1] - shifts.get(name, 0), 0), *reference[2:]]

    return _map_references(references, shift)


def _map_references(value: Any, change) -> Any:
    """Applies `change` to every `[layer, node, tensor, ...]` in nested lists."""
    if isinstance(value, dict):
        return {key: _map_references(v, change) for key, v in value.items()}
    if not isinstance(value, list):
        return value
    if _is_reference(value):
        rest = [_map_references(v, change) for v in value[3:]]
        return change([*value[:3], *rest])
    return [_map_references(item, change) for item in value]


def _is_reference(value: list) -> bool:
    if len(value) not in (3, 4) or not isinstance(value[0], str):
        return False
    return isinstance(value[1], int) and isinstance(value[2], int)


def _without_dropped(kind: str, config: dict[str, Any]) -> dict[str, Any]:
    dropped = {**_DROPPED, **_DROPPED_FROM.get(kind, {})}
    if kind == "InputLayer":
        dropped.pop("batch_input_shape")
    kept = {}
    for key, value in config.items():
        if key not in dropped:
            kept[key] = value
        elif dropped[key] != _ANY and value not in dropped[key]:
            raise KerasSegError(
                f"layer '{config.get('name')}' ({kind}) has {key}={value!r}, which "
                "today's Keras does not know"
            )
    return kept


def _initializer_without_dtype(value: Any) -> Any:
    is_object = isinstance(value, dict) and isinstance(value.get("config"), dict)
    if not is_object or "class_name" not in value:
        return value
    inner = {k: v for k, v in value["config"].items() if k != "dtype"}
    if (
        value["class_name"] == "VarianceScaling"
        and inner.get("distribution") == "normal"
    ):
        inner["distribution"] = "truncated_normal"
    is_policy = "Policy" in value["class_name"]
    return value if is_policy else {**value, "config": inner}


def _operation_as_layer(entry: dict[str, Any]) -> dict[str, Any]:
    """`tf.math` calls with a number, as `preprocess_input` makes them, as Rescaling."""
    nodes = entry.get("inbound_nodes")
    if entry["class_name"] != "TFOpLambda" or not nodes or len(nodes) != 1:
        return entry
    reference = nodes[0] if _is_reference(nodes[0]) else nodes[0][0]
    number = reference[3].get("y") if len(reference) == 4 else None
    function = entry["config"].get("function", "").rpartition(".")[-1]
    if (
        not isinstance(number, (int, float))
        or function not in _RESCALINGS
        or not number
    ):
        return entry
    scale, offset = _RESCALINGS[function](number)
    config = {"name": entry["config"]["name"], "scale": scale, "offset": offset}
    nodes = [[[*reference[:3], {}]]]
    return {
        **entry,
        "class_name": "Rescaling",
        "config": config,
        "inbound_nodes": nodes,
    }


_RESCALINGS = {
    "add": lambda y: (1.0, float(y)),
    "divide": lambda y: (1 / y, 0.0),
    "mul": lambda y: (float(y), 0.0),
    "multiply": lambda y: (float(y), 0.0),
    "sub": lambda y: (1.0, -float(y)),
    "subtract": lambda y: (1.0, -float(y)),
    "truediv": lambda y: (1 / y, 0.0),
}


def _legal(name: str) -> str:
    return name.replace("/", "_")  # which today's Keras keeps for paths
