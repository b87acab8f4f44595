"""Layers that stand in `keras.applications` alone and have no public name."""

from __future__ import annotations

from functools import cache
from importlib import import_module

_MODULES = {
    "CustomScaleLayer": "inception_resnet_v2",
    "LayerScale": "convnext",
    "StochasticDepth": "convnext",
}


@cache
def brought() -> dict[str, type]:
    """The classes by name, those that this version of Keras has."""
    found = {}
    for name, module in _MODULES.items():
        layer = getattr(import_module(f"keras.src.applications.{module}"), name, None)
        if layer is not None:
            found[name] = layer
    return found
