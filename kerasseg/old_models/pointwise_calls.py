"""Calls that treat every place alike and alone, as layers: activations, arithmetic."""

from __future__ import annotations

from collections.abc import Callable

from kerasseg.old_models.function_calls import FunctionCall, is_tensor
from kerasseg.old_models.references import is_reference

_ACTIVATIONS = (
    *("elu", "gelu", "leaky_relu", "log_softmax", "relu", "relu6", "selu", "sigmoid"),
    *("silu", "softmax", "softplus", "softsign", "tanh"),
)
_IDLE = ("cast", "identity", "stop_gradient", "convert_to_tensor")
_FLOATS = (None, "bfloat16", "double", "float", "float16", "float32", "float64", "half")


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
    return "Activation", {"activation": call.function}


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

# The rule of each function of one tensor, which gives a layer's class and arguments.
POINTWISE_RULES: dict[str, Callable[[FunctionCall], tuple[str, dict] | None]] = {
    **dict.fromkeys(_ACTIVATIONS, _activation),
    **dict.fromkeys(_IDLE, _idle),
    **dict.fromkeys(_RESCALINGS, _rescaling),
}
