"""One way to say why a layer cannot be converted."""

from __future__ import annotations

import inspect
from typing import Any, NoReturn

from kerasseg.errors import ConversionError
from kerasseg.graph import Call
from kerasseg.own_layers import is_of_the_framework


def refuse(call: Call, reason: str) -> NoReturn:
    """Raises `ConversionError` that names the layer, its type and the reason."""
    raise ConversionError(
        f"Layer '{call.path}' ({type(call.operation).__name__}) cannot be converted: "
        f"it {reason}.",
        call.path,
    )


def hint_at_declaring(own: Any) -> str:
    """What to do about a layer or an activation that Keras does not know either."""
    told = own if inspect.isfunction(own) else type(own)
    if is_of_the_framework(told):
        return ""
    if not (inspect.isfunction(told) or hasattr(told, "call")):  # a partial, say
        return (
            ". If it treats every number by itself, write it as a function and say so "
            "by kerasseg.elementwise"
        )
    return (
        ". If it treats every number by itself, say so: "
        f"kerasseg.elementwise({told.__name__})"
    )
