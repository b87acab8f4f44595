"""Calls of TensorFlow functions in old models, as layers of today that do the same.

Keras 2 saved `x / 127.5` or `tf.nn.relu(x)` as a layer that names the function; how it
did that is in `function_calls`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kerasseg.old_models import calls
from kerasseg.old_models.function_calls import (
    FunctionCall,
    is_list_of_tensors,
    is_tensor,
    read_call,
)
from kerasseg.old_models.references import is_reference

_ACTIVATIONS = {
    "elu": "elu",
    "gelu": "gelu",
    "leaky_relu": "leaky_relu",
    "log_softmax": "log_softmax",
    "relu": "relu",
    "relu6": "relu6",
    "selu": "selu",
    "sigmoid": "sigmoid",
    "silu": "silu",
    "softmax": "softmax",
    "softplus": "softplus",
    "softsign": "softsign",
    "tanh": "tanh",
}
_IDLE = ("cast", "identity", "stop_gradient", "convert_to_tensor")
_FLOATS = (None, "bfloat16", "double", "float", "float16", "float32", "float64", "half")
_MERGES = {
    "add": "Add",
    "maximum": "Maximum",
    "minimum": "Minimum",
    "multiply": "Multiply",
    "subtract": "Subtract",
}
_REVERSED = {"start": None, "stop": None, "step": -1}
_ALL = {"start": None, "stop": None, "step": None}


def operation_as_layer(entry: dict[str, Any]) -> dict[str, Any]:
    """The entry of a call of TensorFlow as that of a layer; any other as it is.

    Calls without such a layer stay what they are and are refused later, by name.
    """
    call = read_call(entry)
    layer = call and (_as_layer(call) or _as_operation(_with_axis_for_none(call)))
    if not layer:
        return entry
    kind, config, given = layer if len(layer) == 3 else (*layer, {})
    tensors = [[*reference[:3], given] for reference in call.tensors]
    name = {k: v for k, v in entry["config"].items() if k in ("name", "dtype")}
    if len(layer) == 3:  # operations compute in the type of what they are given
        name.pop("dtype", None)
    config = {**name, **config, "name": entry.get("name", name.get("name"))}
    made = {"class_name": kind, "config": config, "inbound_nodes": [tensors]}
    return {**entry, **made, **({"module": calls.MODULE} if len(layer) == 3 else {})}


def _as_layer(call: FunctionCall) -> tuple[str, dict[str, Any]] | None:
    name = call.function
    count = len(call.tensors)
    if name in _ACTIVATIONS and count == 1:
        return _activation(call)
    if name in _IDLE and count == 1:
        return _idle(call)
    if name == "concat" and isinstance(call.argument("axis"), int):
        return "Concatenate", {"axis": call.argument("axis")}
    if name in _MERGES and count == 2:
        return _MERGES[name], {}
    if name in _RESCALINGS and count == 1:
        return _rescaling(call)
    if name == "add_n" and count > 1:
        return "Add", {}
    rule = _RULES.get(name)
    made = rule(call) if rule and count == 1 else None
    return made or (calls.as_layer(name, call.argument) if count == 1 else None)


def _with_axis_for_none(call: FunctionCall) -> FunctionCall:
    """`x[..., newaxis]` as `expand_dims(x, -1)`."""
    parts = call.kwargs.get("slice_spec")
    if call.function != "getitem" or parts != [{"class_name": "__ellipsis__"}, None]:
        return call
    return FunctionCall("expand_dims", call.args, {"axis": -1})


def _as_operation(call: FunctionCall) -> calls.Made | None:
    first = call.args[0] if call.args else None
    if len(call.tensors) != 1 or not (is_tensor(first) or is_list_of_tensors(first)):
        return None
    return calls.as_operation(call.function, call.argument)


def _idle(call: FunctionCall) -> tuple[str, dict] | None:
    if call.argument("dtype") not in _FLOATS:  # whole numbers lose what is between them
        return None
    return "Rescaling", {"scale": 1.0, "offset": 0.0}


def _activation(call: FunctionCall) -> tuple[str, dict] | None:
    given = {k: v for k, v in call.kwargs.items() if v is not None and not is_tensor(v)}
    if len(_flat(call.args)) > 1:
        return None
    if call.function == "relu" and given:
        config = {
            "max_value": given.pop("max_value", None),
            "negative_slope": given.pop("alpha", 0.0),
            "threshold": given.pop("threshold", 0.0),
        }
        return None if given else ("ReLU", config)
    if call.function == "leaky_relu":
        return "LeakyReLU", {"negative_slope": given.get("alpha", 0.2)}
    if given.pop("axis", -1) != -1 or (given and given != {"beta": 1.0}):
        return None
    return "Activation", {"activation": _ACTIVATIONS[call.function]}


def _rescaling(call: FunctionCall) -> tuple[str, dict] | None:
    """`tensor op number` or `number op tensor`, by one number or one per channel."""
    values = [*(call.args if len(call.args) != 1 else _flat(call.args))]
    values += [v for k, v in call.kwargs.items() if k in ("x", "y", "bias", "value")]
    if len(values) != 2:
        return None
    is_first = is_reference(values[0])
    number = values[1] if is_first else values[0]
    numbers = number if isinstance(number, list) else [number]
    if not all(isinstance(n, (int, float)) and n == n for n in numbers):
        return None
    made = [_RESCALINGS[call.function](float(n), is_first) for n in numbers]
    if None in made:
        return None
    scale, offset = zip(*made, strict=True)
    if not isinstance(number, list):
        return "Rescaling", {"scale": scale[0], "offset": offset[0]}
    return "Rescaling", {"scale": list(scale), "offset": list(offset)}


def _flat(args: list) -> list:
    return args[0] if isinstance(args[0], list) and not is_tensor(args[0]) else args


_RESCALINGS: dict[str, Callable] = {
    "add": lambda n, first: (1.0, n),
    "bias_add": lambda n, first: (1.0, n),
    "multiply": lambda n, first: (n, 0.0),
    "subtract": lambda n, first: (1.0, -n) if first else (-1.0, n),
    "truediv": lambda n, first: (1 / n, 0.0) if first and n else None,
}


def _pool(call: FunctionCall) -> tuple[str, dict] | None:
    axes = call.argument("axis")
    if not isinstance(axes, list) or sorted(axes) not in ([1, 2], [-3, -2]):
        return None
    kind = "Average" if call.function == "reduce_mean" else "Max"
    keep = bool(call.kwargs.get("keepdims"))
    return f"Global{kind}Pooling2D", {"keepdims": keep}


def _reshape(call: FunctionCall) -> tuple[str, dict] | None:
    shape = call.argument("shape")
    if not isinstance(shape, list) or shape[0] not in (-1, None):
        return None
    return "Reshape", {"target_shape": shape[1:]}


def _transpose(call: FunctionCall) -> tuple[str, dict] | None:
    axes = call.argument("perm")
    return ("Permute", {"dims": axes[1:]}) if axes and axes[0] == 0 else None


def _resize(call: FunctionCall) -> tuple[str, dict] | None:
    size = call.argument("size")
    method = call.kwargs.get("method") or "bilinear"
    plain = {k: v for k, v in call.kwargs.items() if v and k not in ("size", "method")}
    if not isinstance(size, list) or not isinstance(method, str) or plain:
        return None
    config = {"height": size[0], "width": size[1], "interpolation": method.lower()}
    return "Resizing", config


def _slice(call: FunctionCall) -> tuple[str, dict] | None:
    """`x[..., ::-1]`, with which images of RGB become BGR."""
    parts = call.kwargs.get("slice_spec") or ()
    front = [p for p in parts[:-1] if p != {"class_name": "__ellipsis__"}]
    has_ellipsis = len(front) < len(parts) - 1
    if not parts or parts[-1] != _REVERSED or any(p != _ALL for p in front):
        return None
    whole = has_ellipsis or len(parts) == 4
    return ("kerasseg>ReverseChannels", {}) if whole else None


_RULES: dict[str, Callable[[FunctionCall], tuple[str, dict] | None]] = {
    "getitem": _slice,
    "reduce_max": _pool,
    "reduce_mean": _pool,
    "reshape": _reshape,
    "resize": _resize,
    "transpose": _transpose,
}
