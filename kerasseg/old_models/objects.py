"""What a configuration of Keras 3 may name: classes and functions of its modelling API.

Keras itself looks names up in all that it exports, among them functions that read and
write files. Here only what models are made of passes, before Keras sees anything.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import keras

from kerasseg.errors import FileError

# Modules whose classes a configuration may name, and those whose functions it may.
_OF_CLASSES = frozenset(
    f"keras.{name}" if name else "keras"
    for name in (
        *("", "constraints", "dtype_policies", "initializers", "layers", "losses"),
        *("metrics", "models", "optimizers", "optimizers.schedules", "quantizers"),
        *("random", "regularizers"),
    )
)
_OF_FUNCTIONS = frozenset(
    f"keras.{name}"
    for name in (
        *("activations", "constraints", "initializers", "losses", "metrics"),
        *("regularizers",),
    )
)
_VALUES = frozenset(  # what Keras writes for values of Python, with nothing to look up
    f"__{name}__"
    for name in (
        *("bytes", "ellipsis", "keras_tensor", "numpy", "slice", "tensor", "tuple"),
    )
)
# Arguments of layers that may be a path, which the layer then reads.
_PATHS = frozenset({"filepath", "idf_weights", "vocabulary", "weights_path"})


def check_objects(path: Path, config: Any, custom_objects: Collection[str]) -> None:
    """Refuses a configuration that names more than models are made of.

    Args:
        path: The file, for errors.
        config: The configuration of a model, parsed.
        custom_objects: Names that the user vouches for.

    Raises:
        FileError: Something else is named; the message tells what, and in which layer.
    """
    for entry, owner in _entries(config):
        name = _name_of(entry)
        if not _is_vouched_for(entry, name, custom_objects):
            _check_place(path, entry, name, owner)
        inner = entry.get("config")
        for argument in _PATHS & set(inner if isinstance(inner, dict) else ()):
            if isinstance(inner[argument], str):
                raise FileError(
                    path,
                    f"layer '{owner}' would read the file {inner[argument]!r} as its "
                    f"{argument}. Save the model with the words themselves in it",
                )


def _entries(config: Any) -> Iterator[tuple[dict, str]]:
    """Every object that stands in a configuration, with the layer it belongs to."""
    waiting = [(config, "model")]
    while waiting:
        value, owner = waiting.pop()
        if isinstance(value, dict):
            inner = value.get("config")
            if isinstance(value.get("class_name"), str) and "config" in value:
                name = inner.get("name") if isinstance(inner, dict) else None
                owner = name if isinstance(name, str) else owner
                yield value, owner
            waiting.extend((item, owner) for item in value.values())
        elif isinstance(value, list):
            waiting.extend((item, owner) for item in value)


def _name_of(entry: dict) -> str:
    """The class that an entry names, or the function."""
    if entry["class_name"] == "function":
        return str(entry["config"])
    return entry["class_name"]


def _is_vouched_for(entry: dict, name: str, custom_objects: Collection[str]) -> bool:
    registered = entry.get("registered_name")
    names = {name, name.rpartition(">")[-1]}
    if isinstance(registered, str):
        names |= {registered, registered.rpartition(">")[-1]}
    if names & set(custom_objects):
        return True
    return any(keras.saving.get_registered_object(n) is not None for n in names)


def _check_place(path: Path, entry: dict, name: str, owner: str) -> None:
    module = entry.get("module")
    if entry["class_name"] in _VALUES:
        return
    if module is None:  # as Keras 2 wrote it; `check_allowed` looks at the class alone
        return
    if not isinstance(module, str):
        raise FileError(path, f"layer '{owner}' names a module that is no name")
    if entry["class_name"] == "function":
        known = module == "builtins" or module in _OF_FUNCTIONS
    else:
        known = module in _OF_CLASSES or _is_operation_of_keras(module, name)
    if not known:
        raise FileError(
            path,
            f"layer '{owner}' names '{module}.{name}', which is no part that Keras "
            "models are made of, and is not looked up. If it is a class of your own, "
            f"pass it as custom_objects={{'{name.rpartition('>')[-1]}': ...}}",
        )


def _is_operation_of_keras(module: str, name: str) -> bool:
    """Whether this is a layer, model or operation that Keras has under an inner name.

    So stand the operations of `keras.ops` and the layers of `keras.applications`. The
    module is not imported for it: what Keras consists of has been.
    """
    if not module.startswith("keras.src."):
        return False
    found = getattr(sys.modules.get(module), name, None)
    is_class = isinstance(found, type) and issubclass(found, keras.Operation)
    return is_class and found.__module__ == module
