"""Which classes a model file may name."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

import keras

from kerasseg.errors import FileError
from kerasseg.old_models.applications import brought
from kerasseg.old_models.calls import is_operation
from kerasseg.old_models.objects import why_unknown
from kerasseg.old_models.repairs import MODELS

# These run code that the file brings, or load other files.
FORBIDDEN = {
    "FlaxLayer": "runs code of another framework",
    "JaxLayer": "runs code of another framework",
    "Lambda": "holds Python code, which is not run. Rebuild the model with a layer of "
    "Keras in its place (Rescaling, say), or pass a class of your own as "
    "custom_objects={'Lambda': ...}",
    "TFSMLayer": "loads a graph from another place",
    "TorchModuleWrapper": "holds a pickled module, which is not run",
    "__lambda__": "holds Python code, which is not run. Rebuild the model with a "
    "function of keras.activations in its place",
}
_OF_HUB = "KerasLayer"
_REMOVED = ("LocallyConnected1D", "LocallyConnected2D")
_OPERATIONS = ("SlicingOpLambda", "TFOpLambda", "TensorFlowOpLayer")


def check_allowed(path: Path, config: Any, custom_objects: Collection[str]) -> None:
    """Refuses a configuration that names anything but layers of Keras and known ones.

    Args:
        path: The file, for errors.
        config: A repaired configuration of a model.
        custom_objects: Names that the user vouches for.

    Raises:
        FileError: A layer is not allowed; the message names it and says why.
    """
    find_forbidden(path, config, custom_objects)
    for entry in config["config"]["layers"]:
        kind = entry["class_name"]
        name = entry["config"].get("name", kind)
        if kind in custom_objects or kind.rpartition(">")[-1] in custom_objects:
            continue
        if kind in MODELS:
            check_allowed(path, entry, custom_objects)
        elif not (is_operation(entry) or _is_known(kind)):
            raise FileError(path, f"layer '{name}' {_why_unknown(entry)}")
        else:
            _check_activation(path, name, entry, custom_objects)


def find_forbidden(
    path: Path, config: Any, custom_objects: Collection[str] = ()
) -> None:
    """Raises `FileError` if a forbidden class stands anywhere in a configuration."""
    waiting = [(config, None)]
    while waiting:
        value, owner = waiting.pop()
        if isinstance(value, dict):
            kind = value.get("class_name")
            inner = value.get("config")
            name = inner.get("name") if isinstance(inner, dict) else None
            owner = name if isinstance(name, str) else owner
            if isinstance(kind, str) and kind not in custom_objects:
                bare = kind.rpartition(">")[-1]
                if bare in FORBIDDEN and bare not in custom_objects:
                    raise FileError(
                        path, f"layer '{owner or kind}' ({bare}) {FORBIDDEN[bare]}"
                    )
            waiting.extend((inner, owner) for inner in value.values())
        elif isinstance(value, list):
            waiting.extend((item, owner) for item in value)


def _why_unknown(entry: dict[str, Any]) -> str:
    kind = entry["class_name"]
    if kind in _OPERATIONS:
        config = entry["config"]
        function = config.get("function") or config.get("node_def")
        if isinstance(function, dict):
            function = function.get("op")
        return (
            f"({kind}) calls the TensorFlow function '{function}', which has no layer "
            "of Keras that does the same. Rebuild the model without it and load its "
            "weights into that"
        )
    if kind == _OF_HUB:
        return (
            "(KerasLayer) stands for a graph of TensorFlow Hub, which is not in the "
            "file and has no Keras layers to convert. Rebuild the model on a trunk of "
            "keras.applications"
        )
    if kind in _REMOVED:
        return (
            f"({kind}) is of a class that Keras 3 removed. Pass a class that does the "
            f"same, as custom_objects={{'{kind}': ...}}"
        )
    return why_unknown(kind)


def _check_activation(path: Path, name: str, entry, custom_objects) -> None:
    for key in ("activation", "recurrent_activation"):
        value = entry["config"].get(key)
        if not isinstance(value, str) or value in custom_objects:
            continue
        try:
            keras.activations.get(value)
        except ValueError as error:
            if keras.saving.get_registered_object(value) is not None:
                continue
            raise FileError(
                path,
                f"layer '{name}' has the activation '{value}', which Keras does not "
                "know. Pass the function as "
                f"custom_objects={{'{value}': ...}}",
            ) from error


def _is_known(kind: str) -> bool:
    if keras.saving.get_registered_object(kind) is not None or kind in brought():
        return True
    value = getattr(keras.layers, kind, None)
    return isinstance(value, type) and issubclass(value, keras.Layer)
