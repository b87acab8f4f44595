"""Calls of TensorFlow functions that are operations of `keras.ops` today, or layers.

These keep their names and arguments; what has other ones is in `operations`.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

MODULE = "keras.src.ops.numpy"
_OF_ONE_TENSOR = {
    "abs": "Absolute",
    "exp": "Exp",
    "log": "Log",
    "neg": "Negative",
    "negative": "Negative",
    "sqrt": "Sqrt",
    "square": "Square",
}
_WITH_A_NUMBER = {"maximum": "Maximum", "minimum": "Minimum", "pow": "Power"}
_ALONG_AXES = {
    "reduce_max": "Max",
    "reduce_mean": "Mean",
    "reduce_min": "Min",
    "reduce_sum": "Sum",
}
_EPSILON = 1e-12  # of tf.math.l2_normalize, as of UnitNormalization
_MODULES = tuple(f"keras.src.ops.{name}" for name in ("numpy", "nn", "math", "image"))
_POOLINGS = {
    "avg_pool2d": "AveragePooling2D",
    "max_pool2d": "MaxPooling2D",
    "max_pool_with_argmax": "kerasseg>MaxPoolingWithArgmax2D",
}

# The class, its arguments, and those of the call; operations stand in `MODULE`.
Made = tuple[str, dict[str, Any], dict[str, Any]]


def is_operation(entry: dict[str, Any]) -> bool:
    """Whether an entry was made here, and stands for an operation."""
    return entry.get("module") == MODULE


def as_operation(function: str, argument: Callable[..., Any]) -> Made | None:
    """The operation of `keras.ops` for a call with one tensor in front.

    Args:
        function: The last part of the function's name.
        argument: Gives an argument by its name in TensorFlow, or a default.
    """
    if function in _OF_ONE_TENSOR:
        return _OF_ONE_TENSOR[function], {}, {}
    if function in _WITH_A_NUMBER:
        number = argument("y")
        is_number = isinstance(number, (int, float))
        return (_WITH_A_NUMBER[function], {}, {"x2": number}) if is_number else None
    if function in _ALONG_AXES:
        keep = bool(argument("keepdims", False))
        config = {"axis": argument("axis"), "keepdims": keep}
        return _ALONG_AXES[function], config, {}
    if function == "expand_dims":
        return "ExpandDims", {"axis": argument("axis")}, {}
    if function == "squeeze":
        return "Squeeze", {"axis": argument("axis")}, {}
    if function == "clip_by_value":
        low, high = argument("clip_value_min"), argument("clip_value_max")
        is_plain = all(isinstance(end, (int, float)) for end in (low, high))
        return ("Clip", {"x_min": low, "x_max": high}, {}) if is_plain else None
    return None


def as_layer(function: str, argument: Callable[..., Any]) -> tuple[str, dict] | None:
    """The layer for a function that has one with other arguments, or `None`."""
    if function == "pad":
        return _padding(argument)
    if function == "l2_normalize":
        return _unit_length(argument)
    if function not in _POOLINGS:
        return None
    size, strides = _places(argument("ksize")), _places(argument("strides"))
    padding = argument("padding")
    if None in (size, strides) or padding not in ("SAME", "VALID"):
        return None
    config = {"pool_size": size, "strides": strides, "padding": padding.lower()}
    if argument("include_batch_in_index", False):
        config["include_batch_in_index"] = True
    return _POOLINGS[function], config


def _unit_length(argument: Callable[..., Any]) -> tuple[str, dict] | None:
    axis = argument("axis", -1)
    axis = axis[0] if isinstance(axis, list) and len(axis) == 1 else axis
    if not isinstance(axis, int) or argument("epsilon", _EPSILON) not in (
        None,
        _EPSILON,
    ):
        return None
    return "UnitNormalization", {"axis": axis}


def _padding(argument: Callable[..., Any]) -> tuple[str, dict] | None:
    pads = argument("paddings")
    mode = argument("mode", "CONSTANT")
    is_of_map = isinstance(pads, list) and len(pads) == 4
    if not is_of_map or pads[0] != [0, 0] or pads[3] != [0, 0]:
        return None
    if mode != "CONSTANT" or argument("constant_values", 0) != 0:
        return None
    return "ZeroPadding2D", {"padding": pads[1:3]}


def _places(value: Any) -> list[int] | None:
    """`2`, `[2, 2]` or `[1, 2, 2, 1]` as height and width."""
    if isinstance(value, int):
        return [value, value]
    if not isinstance(value, list) or len(value) not in (2, 4):
        return None
    return value if len(value) == 2 else value[1:3]


def with_modules(config: Any) -> Any:
    """A configuration of Keras 3 whose operations say where their classes stand.

    Its .h5 files leave that out, and Keras then takes `x / 127.5` for a layer.
    """
    if isinstance(config, list):
        return [with_modules(item) for item in config]
    if not isinstance(config, dict):
        return config
    config = {key: with_modules(value) for key, value in config.items()}
    module = _module_of(config) if _lacks_module(config) else None
    return {**config, "module": module} if module else config


def _lacks_module(entry: dict[str, Any]) -> bool:
    if "module" in entry or not {"class_name", "inbound_nodes"} <= entry.keys():
        return False
    inner = entry.get("config")  # layers of the same names tell more of themselves
    return isinstance(inner, dict) and not {"trainable", "layers"} & inner.keys()


def _module_of(entry: dict[str, Any]) -> str | None:
    from keras import Operation

    for name in _MODULES:
        found = getattr(import_module(name), str(entry["class_name"]), None)
        if isinstance(found, type) and issubclass(found, Operation):
            return name
    return None
