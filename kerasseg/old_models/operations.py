"""Calls of TensorFlow functions in old models, as layers of today that do the same.

Keras 2 saved `x / 127.5` or `tf.nn.relu(x)` as a layer that names the function; how it
did that is in `function_calls`.
"""

from __future__ import annotations

from typing import Any

from kerasseg.old_models import calls
from kerasseg.old_models.function_calls import (
    FunctionCall,
    is_list_of_tensors,
    is_tensor,
    read_call,
)
from kerasseg.old_models.pointwise_calls import POINTWISE_RULES

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
    if name == "concat" and isinstance(call.argument("axis"), int):
        return "Concatenate", {"axis": call.argument("axis")}
    if name in _MERGES and count == 2:
        return _MERGES[name], {}
    if name == "add_n" and count > 1:
        return "Add", {}
    if count != 1:
        return None
    rule = _RULES.get(name)
    return (rule and rule(call)) or calls.as_layer(name, call.argument)


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


_RULES = {
    **POINTWISE_RULES,
    "getitem": _slice,
    "reduce_max": _pool,
    "reduce_mean": _pool,
    "reshape": _reshape,
    "resize": _resize,
    "transpose": _transpose,
}
