"""Arguments of layers that later versions of Keras renamed or dropped."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

import keras

from kerasseg.errors import KerasSegError
from kerasseg.old_models.functions import repair_activation, repair_function

# Arguments that later versions dropped. Each is listed with the values under which the
# layer computes the same without it; any other value is an error. An empty tuple: it
# never mattered to what the layer computes.
_DROPPED: dict[str, tuple] = {
    "adjustment": (),
    "batch_input_shape": (),
    "batch_size": (),
    "build_input_shape": (),
    "class_weight": (),
    "consume_less": (),
    "filters": (),
    "fused": (),
    "groups": (1,),
    "implementation": (),
    "input_dim": (),
    "input_length": (),
    "input_shape": (),
    "input_spec": (),
    "kernel_constraint": (),
    "kernel_initializer": (),
    "kernel_regularizer": (),
    "kernel_size": (),
    "key_shape": (),
    "mode": (0,),
    "query_shape": (),
    "renorm": (False,),
    "renorm_clipping": (),
    "renorm_momentum": (),
    "seed": (),
    "synchronized": (),
    "time_major": (False,),
    "trainable": (),
    "use_bias": (True,),
    "value_shape": (),
    "virtual_batch_size": (),
}
_RENAMED = {
    "Discretization": {"dtype": None},  # that of its output once, of its input today
    "LeakyReLU": {"alpha": "negative_slope"},
    "Normalization": {"streaming": None},
}
# What was meant where an argument is missing, if today's default is another one.
_DEFAULTS: dict[str, dict[str, Any]] = {
    "GRU": {"reset_after": False},
}
_TRAINING_ONLY = ("_regularizer", "_constraint")


def repair_arguments(
    kind: str, config: dict[str, Any], custom_objects: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The arguments of a layer as today's class takes them.

    Args:
        kind: The layer's class, by today's name.
        config: Its configuration.
        custom_objects: The user's own classes and functions, by name.

    Raises:
        KerasSegError: An argument changes what the layer computes, and today's class
            does not have it.
    """
    config = {k: v for k, v in config.items() if not (k == "data_format" and not v)}
    config = {k: _plain_number(v) for k, v in config.items()}
    if config.get("data_format") == "default":
        config.pop("data_format")
    if "dtype" in config:
        config["dtype"] = _policy_name(config["dtype"])
    renamed = _RENAMED.get(kind, {})
    config = {renamed.get(k, k): v for k, v in config.items() if renamed.get(k, k)}
    config = {**_DEFAULTS.get(kind, {}), **config}
    if kind == "BatchNormalization" and isinstance(config.get("axis"), list):
        config["axis"] = _one_axis(config)
    for key, value in config.items():
        if key.endswith("activation"):
            config[key] = repair_activation(
                value, config.get("name"), kind, custom_objects
            )
        elif key.endswith(("_initializer", *_TRAINING_ONLY)):
            config[key] = repair_function(key, value)
    return _without_dropped(kind, config)


def _without_dropped(kind: str, config: dict[str, Any]) -> dict[str, Any]:
    known = _known_arguments(getattr(keras.layers, kind, None))
    if known is None:
        return config
    kept = {}
    for key, value in config.items():
        if key in known:
            kept[key] = value
        elif value is not None and value not in _DROPPED.get(key, (False,)):
            if _DROPPED.get(key) == ():
                continue
            raise KerasSegError(
                f"layer '{config.get('name')}' ({kind}) has {key}={value!r}, which "
                "today's Keras does not know"
            )
    return kept


def _known_arguments(layer_class: Any) -> set[str] | None:
    """What a class of Keras takes, its parents' included; `None` for other classes."""
    if not isinstance(layer_class, type):
        return None
    known: set[str] = set()
    for parent in layer_class.__mro__:
        if "__init__" not in vars(parent):
            continue
        parameters = inspect.signature(parent.__init__).parameters
        known |= parameters.keys() - {"self", "args", "kwargs"}
        if not any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
            return known
        if parent is keras.layers.Layer:
            break
    own = inspect.signature(layer_class.__init__).parameters.keys()
    known -= {"input_shape", "input_dim"} - own
    return known | {"batch_input_shape"} if layer_class is _INPUT else known


_INPUT = keras.layers.InputLayer


def _plain_number(value: Any) -> Any:
    """A number that was a NumPy array, as `ReLU(np.array(6.0))` was written."""
    if not isinstance(value, dict):
        return value
    if value.get("type") == "ndarray" and isinstance(value.get("value"), (int, float)):
        return value["value"]
    if value.get("class_name") == "__numpy__" and isinstance(value["config"], dict):
        return value["config"].get("value", value)
    return value


def _policy_name(dtype: Any) -> Any:
    """`{"class_name": "Policy", "config": {"name": "mixed_float16"}}` by its name."""
    is_object = isinstance(dtype, dict) and isinstance(dtype.get("config"), dict)
    if not is_object or "quant" in str(dtype.get("class_name")).lower():
        return dtype
    return dtype["config"].get("name", dtype)


def _one_axis(config: dict[str, Any]) -> int:
    if len(config["axis"]) != 1:
        raise KerasSegError(
            f"layer '{config.get('name')}' (BatchNormalization) normalizes over the "
            f"axes {config['axis']} at once, which today's Keras does not"
        )
    return config["axis"][0]
