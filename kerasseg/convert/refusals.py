"""One way to say why a layer cannot be converted."""

from __future__ import annotations

from typing import Any, NoReturn

from kerasseg.errors import ConversionError
from kerasseg.graph import Call


def refuse(call: Call, reason: str) -> NoReturn:
    """Raises `ConversionError` that names the layer, its type and the reason."""
    raise ConversionError(
        f"Layer '{call.path}' ({type(call.operation).__name__}) cannot be converted: "
        f"it {reason}.",
        call.path,
    )


def hint_at_declaring(own: Any) -> str:
    """What to do about a layer or an activation that Keras does not know either."""
    name = getattr(own, "__name__", type(own).__name__)
    module = getattr(own, "__module__", None) or type(own).__module__
    if module.split(".")[0] in ("keras", "kerasseg", "tensorflow"):
        return ""
    return (
        f". If it treats every number by itself, say so: kerasseg.elementwise({name})"
    )
