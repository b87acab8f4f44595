"""Axes of layers that Keras forgets when it reads configurations without modules.

Of an old configuration it keeps an axis that is one number, and silently takes the last
axis in place of several, or of none: `Softmax(axis=[1, 2])` comes back as Softmax over
the channels. An entry that names its module is read in another way, which keeps them.
"""

from __future__ import annotations

from typing import Any

import keras

_MODULE = "keras.layers"


def with_axes_kept(config: Any) -> Any:
    """A configuration whose layers along several axes, or none, name their module."""
    if isinstance(config, list):
        return [with_axes_kept(item) for item in config]
    if not isinstance(config, dict):
        return config
    config = {key: with_axes_kept(value) for key, value in config.items()}
    return {**config, "module": _MODULE} if _would_lose_axes(config) else config


def _would_lose_axes(entry: dict[str, Any]) -> bool:
    inner = entry.get("config")
    if "module" in entry or not isinstance(inner, dict) or "axis" not in inner:
        return False
    axis = inner["axis"]
    is_kept = isinstance(axis, int) or (isinstance(axis, list) and len(axis) == 1)
    return not is_kept and hasattr(keras.layers, str(entry.get("class_name")))
