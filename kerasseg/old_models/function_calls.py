"""Calls of TensorFlow functions as Keras 2 saved them, in two ways, read into one form.

`TensorFlowOpLayer`, up to TensorFlow 2.3, holds a piece of a graph; `TFOpLambda` and
`SlicingOpLambda`, after it, the name of a function and its arguments.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kerasseg.old_models.references import CONSTANT, is_constant, is_reference

KINDS = ("SlicingOpLambda", "TFOpLambda", "TensorFlowOpLayer")
_NAMES = {  # of operations of TensorFlow 2.0 to 2.3, where they differ from functions
    "addv2": "add",
    "biasadd": "bias_add",
    "concatv2": "concat",
    "realdiv": "truediv",
    "divide": "truediv",
    "div": "truediv",
    "leakyrelu": "leaky_relu",
    "max": "reduce_max",
    "mean": "reduce_mean",
    "mul": "multiply",
    "resizebilinear": "resize",
    "stridedslice": "getitem",
    "min": "reduce_min",
    "sub": "subtract",
    "sum": "reduce_sum",
    "swish": "silu",
    "resize_images_v2": "resize",
}
# The names of arguments, where a call may give them by place or by name.
_ARGUMENTS = {
    "avg_pool2d": ("input", "ksize", "strides", "padding"),
    "cast": ("x", "dtype"),
    "clip_by_value": ("t", "clip_value_min", "clip_value_max"),
    "concat": ("values", "axis"),
    "expand_dims": ("input", "axis"),
    "l2_normalize": ("x", "axis", "epsilon"),
    "max_pool2d": ("input", "ksize", "strides", "padding"),
    "max_pool_with_argmax": ("input", "ksize", "strides", "padding"),
    "maximum": ("x", "y"),
    "minimum": ("x", "y"),
    "pad": ("tensor", "paddings", "mode", "constant_values"),
    "pow": ("x", "y"),
    "reduce_max": ("input_tensor", "axis"),
    "reduce_mean": ("input_tensor", "axis"),
    "reduce_min": ("input_tensor", "axis"),
    "reduce_sum": ("input_tensor", "axis"),
    "reshape": ("tensor", "shape"),
    "squeeze": ("input", "axis"),
    "resize": ("images", "size"),
    "transpose": ("a", "perm"),
}
_CHANNELS_LAST = "TkhXQw=="  # NHWC, as JSON holds bytes


@dataclass(frozen=True)
class FunctionCall:
    """A function's name, its arguments in order, and those given by name.

    Tensors are references `[layer, node, tensor]`; all else are plain values.
    """

    function: str
    args: list
    kwargs: dict[str, Any]

    @property
    def tensors(self) -> list[list]:
        flat = [*self.args, *self.kwargs.values()]
        lists = [x if is_list_of_tensors(x) else [x] for x in flat]
        return [item for group in lists for item in group if is_reference(item)]

    def argument(self, name: str, default=None):
        """An argument by the name it has in TensorFlow, however it was given."""
        if name in self.kwargs:
            return self.kwargs[name]
        names = _ARGUMENTS.get(self.function, ())
        place = names.index(name) if name in names else len(self.args)
        return self.args[place] if place < len(self.args) else default


def read_call(entry: dict[str, Any]) -> FunctionCall | None:
    """The call that an entry stands for; `None` for any other layer.

    None as well where the file does not tell all of its arguments.
    """
    nodes = entry.get("inbound_nodes")
    if entry["class_name"] not in KINDS or not nodes or len(nodes) != 1:
        return None
    read = _read_graph_op if "node_def" in entry["config"] else _read_function
    return read(entry["config"], nodes[0])


def is_tensor(value: Any) -> bool:
    """Whether an argument is a reference to a tensor, and no constant."""
    return is_reference(value) and value[0] != CONSTANT


def is_list_of_tensors(value: Any) -> bool:
    """Whether an argument is a list of such references."""
    return isinstance(value, list) and bool(value) and all(map(is_tensor, value))


def _read_function(config: dict[str, Any], node: list) -> FunctionCall | None:
    references = [node] if isinstance(node[0], str) else node
    if not references or not isinstance(references[0][-1], dict):
        return None
    kwargs = {k: v for k, v in references[0][3].items() if k != "name"}
    args = [r[2] if is_constant(r) else r[:3] for r in references]
    name = _function_name(config.get("function", ""))
    if name == "concat" or len(args) > 1:
        return FunctionCall(name, [args], kwargs)
    return FunctionCall(name, args, kwargs)


def _read_graph_op(config: dict[str, Any], node: list) -> FunctionCall | None:
    definition = config["node_def"]
    if not isinstance(definition, dict):  # a text, up to TensorFlow 2.0
        return None
    tensors = [reference[:3] for reference in node]
    constants = {int(k): v for k, v in (config.get("constants") or {}).items()}
    total = len(tensors) + len(constants)
    given = iter(tensors)
    args = [constants[i] if i in constants else next(given) for i in range(total)]
    name = _function_name(definition.get("op", ""))
    if name == "concat":
        return FunctionCall(name, [args[:-1], args[-1]], {})
    kwargs = _attributes_as_arguments(name, definition.get("attr", {}))
    return None if kwargs is None else FunctionCall(name, args, kwargs)


def _attributes_as_arguments(name: str, attributes: dict) -> dict[str, Any] | None:
    """What an operation of a graph is told beside its inputs; `None` if unreadable."""

    def attribute(key: str, kind: str, default=None):
        return (attributes.get(key) or {}).get(kind, default)

    if name.startswith("reduce_"):
        return {"keepdims": attribute("keep_dims", "b", False)}
    if name == "leaky_relu":
        return {"alpha": attribute("alpha", "f", 0.2)}
    if name == "cast":
        return {"dtype": str(attribute("DstT", "type", "")).removeprefix("DT_").lower()}
    if name == "squeeze":
        axes = attribute("squeeze_dims", "list", {}).get("i")
        return {"axis": [int(axis) for axis in axes]} if axes else None
    is_of_today = name != "resize" or attribute("half_pixel_centers", "b")
    if name == "getitem" or not is_of_today:  # a slice has masks
        return None
    if attribute("data_format", "s", _CHANNELS_LAST) != _CHANNELS_LAST:
        return None
    return {}


def _function_name(path: str) -> str:
    name = path.rpartition(".")[-1].lower()
    return _NAMES.get(name, name)
