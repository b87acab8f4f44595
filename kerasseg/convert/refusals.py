"""One way to say why a layer cannot be converted."""

from __future__ import annotations

from typing import NoReturn

from kerasseg.errors import ConversionError
from kerasseg.graph import Call


def refuse(call: Call, reason: str) -> NoReturn:
    """Raises `ConversionError` that names the layer, its type and the reason."""
    raise ConversionError(
        f"Layer '{call.path}' ({type(call.operation).__name__}) cannot be converted: "
        f"it {reason}.",
        call.path,
    )
