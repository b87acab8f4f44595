"""Activations, initializers, regularizers and constraints of old models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras

from kerasseg.errors import KerasSegError

_NONE: Mapping[str, Any] = {}
_ACTIVATIONS = {
    "Mish": "mish",
    "h_sigmoid": "hard_sigmoid",  # of MobileNetV3 by hand: relu6(x + 3) / 6
    "h_swish": "hard_silu",
    "hswish": "hard_silu",
    "log_softmax_v2": "log_softmax",
    "softmax_v2": "softmax",
    "swish": "silu",
}
_INITIALIZERS = {
    "normal": "random_normal",
    "one": "ones",
    "uniform": "random_uniform",
    "zero": "zeros",
}
_MODULES = {
    "_initializer": keras.initializers,
    "_regularizer": keras.regularizers,
    "_constraint": keras.constraints,
}
_LAYERS = ("ELU", "LeakyReLU", "PReLU", "ReLU", "Softmax")


def repair_activation(
    value: Any, name: str | None, kind: str, custom_objects: Mapping[str, Any] = _NONE
) -> Any:
    """An activation as today's Keras reads it, and computing what it did.

    Args:
        value: As the file has it.
        name: Of the layer, for errors.
        kind: Its class.
        custom_objects: The user's own functions, by name.

    Raises:
        KerasSegError: It is Python code, which is not run.
    """
    if isinstance(value, list) or _is_code(value):
        raise KerasSegError(
            f"layer '{name}' ({kind}) has an activation that is Python code, which is "
            "not run. Rebuild the model with a function of keras.activations"
        )
    if isinstance(value, str):
        return _by_name(value, custom_objects)
    if not isinstance(value, dict) or not isinstance(value.get("config"), dict | str):
        return value
    inner = value["config"]
    kind = value.get("class_name")
    if isinstance(inner, str):  # {"class_name": "function", "config": "swish"}
        return _by_name(inner, custom_objects)
    if kind == "Activation":  # an Activation layer as another's activation
        return repair_activation(inner.get("activation"), name, kind, custom_objects)
    if kind not in _LAYERS:
        return value
    inner = {k: v for k, v in inner.items() if k not in ("name", "trainable", "dtype")}
    if kind == "LeakyReLU" and "alpha" in inner:
        inner["negative_slope"] = inner.pop("alpha")
    return {"module": "keras.layers", "class_name": kind, "config": inner}


def _by_name(name: str, custom_objects: Mapping[str, Any]) -> Any:
    if name in custom_objects:
        return custom_objects[name]
    if name == "hard_sigmoid":  # its slope has changed since
        return _reference("kerasseg>hard_sigmoid_of_keras_2")
    return _ACTIVATIONS.get(name, name)


def _reference(name: str) -> dict[str, str]:
    """A registered function, as today's Keras writes it."""
    bare = name.rpartition(">")[-1]
    return {
        "module": "builtins",
        "class_name": "function",
        "config": bare,
        "registered_name": name,
    }


def repair_function(key: str, value: Any) -> Any:
    """An initializer, regularizer or constraint that today's Keras can make.

    All three matter in training alone, as the file brings the weights: one that Keras
    does not know, of the code that trained the model, is left out.
    """
    if key == "activity_regularizer":  # some fail when they are called
        return None
    suffix = next(s for s in _MODULES if key.endswith(s))
    missing = "zeros" if suffix == "_initializer" else None
    if isinstance(value, str):
        value = _INITIALIZERS.get(value, value) if missing else value
        return value if _is_known(suffix, value) else missing
    if not isinstance(value, dict):
        return value
    if "class_name" not in value:  # {"name": "WeightRegularizer", "l2": 0.01}: Keras 1
        return _strengths(value) if suffix == "_regularizer" else missing
    if not _is_known(suffix, value["class_name"]):
        return missing
    inner = {k: v for k, v in (value.get("config") or {}).items() if k != "dtype"}
    if inner.get("distribution") == "normal":
        inner["distribution"] = "truncated_normal"
    made = {"class_name": value["class_name"], "config": inner}
    try:
        _get(suffix, made)
    except Exception:  # Keras raises nearly any type, and this is not needed
        return missing
    return made


def _strengths(value: dict[str, Any]) -> dict[str, Any]:
    strengths = {key: float(value.get(key) or 0.0) for key in ("l1", "l2")}
    return {"class_name": "L1L2", "config": strengths}


def _is_known(suffix: str, name: str) -> bool:
    if isinstance(getattr(_MODULES[suffix], name, None), type):
        return True
    try:
        return _get(suffix, name) is not None
    except Exception:  # Keras raises nearly any type, and this is not needed
        return False


def _get(suffix: str, value: Any) -> Any:
    return _MODULES[suffix].get(value)


def _is_code(value: Any) -> bool:
    if isinstance(value, str):
        return value == "<lambda>"
    return isinstance(value, dict) and value.get("class_name") == "__lambda__"
