"""Which classes a model file may name."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

import keras

from kerasseg.errors import FileError
from kerasseg.old_models.repairs import MODELS

# These run code that the file brings, or load other files.
FORBIDDEN = {
    "FlaxLayer": "runs code of another framework",
    "JaxLayer": "runs code of another framework",
    "Lambda": "holds Python code, which is not run. Rebuild the model with a layer of "
    "Keras in its place (Rescaling, say) and save it again",
    "TFSMLayer": "loads a graph from another place",
    "TorchModuleWrapper": "holds a pickled module, which is not run",
}


def check_allowed(path: Path, config: Any, custom_objects: Collection[str]) -> None:
    """Refuses a configuration that names anything but layers of Keras and known ones.

    Args:
        path: The file, for errors.
        config: A repaired configuration of a model.
        custom_objects: Names that the user vouches for.

    Raises:
        FileError: A layer is not allowed; the message names it and says why.
    """
    for entry in config["config"]["layers"]:
        kind = entry["class_name"]
        name = entry["config"].get("name", kind)
        if kind in custom_objects:
            continue
        if kind in FORBIDDEN:
            raise FileError(path, f"layer '{name}' ({kind}) {FORBIDDEN[kind]}")
        if kind in MODELS:
            check_allowed(path, entry, custom_objects)
        elif not _is_known(kind):
            raise FileError(
                path,
                f"layer '{name}' is of class '{kind}', which is no layer of Keras. "
                "Operations such as x / 127.5 cannot be read back from .h5: save the "
                "model as .keras. A class of your own goes into custom_objects",
            )


def find_forbidden(path: Path, config: Any) -> None:
    """Raises `FileError` if a forbidden class stands anywhere in a configuration."""
    waiting = [config]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            kind = value.get("class_name")
            if isinstance(kind, str) and kind in FORBIDDEN:
                inner = value.get("config")
                name = inner.get("name") if isinstance(inner, dict) else None
                raise FileError(
                    path, f"layer '{name or kind}' ({kind}) {FORBIDDEN[kind]}"
                )
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)


def _is_known(kind: str) -> bool:
    if keras.saving.get_registered_object(kind) is not None:
        return True
    value = getattr(keras.layers, kind, None)
    return isinstance(value, type) and issubclass(value, keras.Layer)
