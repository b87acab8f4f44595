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
        if not _is_vouched_for(entry, custom_objects):
            _check_place(path, entry, owner, custom_objects)
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


def _looked_up(entry: dict) -> str:
    """The name by which Keras asks for a class or function of the user."""
    name = entry["class_name"]
    if name == "function":
        return str(entry["config"])
    return str(entry.get("registered_name", name))


def with_full_names(config: Any, custom_objects: dict[str, Any]) -> dict[str, Any]:
    """Custom objects also under the names of their packages, as the file has them.

    A class that the file calls `"mine>Scale"` may be passed as `"Scale"`.
    """
    full = dict(custom_objects)
    for entry, _ in _entries(config):
        for name in (_looked_up(entry), entry["class_name"]):
            package, _, bare = name.rpartition(">")
            if package and bare in custom_objects:
                full.setdefault(name, custom_objects[bare])
    return full


def _is_vouched_for(entry: dict, custom_objects: Collection[str]) -> bool:
    name = _looked_up(entry)
    if name in custom_objects:
        return True
    return keras.saving.get_registered_object(name) is not None


def _check_place(
    path: Path, entry: dict, owner: str, custom_objects: Collection[str]
) -> None:
    name, module = _name_of(entry), entry.get("module")
    if entry["class_name"] in _VALUES:
        return
    if module is None:
        if entry.get("registered_name"):  # of Keras 3, and of no module of Keras
            raise FileError(path, f"layer '{owner}' {why_unknown(_looked_up(entry))}")
        return  # as Keras 2 wrote it; `check_allowed` looks at the class alone
    if not isinstance(module, str):
        raise FileError(path, f"layer '{owner}' names a module that is no name")
    if entry["class_name"] == "function":
        if module == "builtins":
            _check_function(path, entry, name, owner, custom_objects)
        known = module == "builtins" or module in _OF_FUNCTIONS
    else:
        known = module in _OF_CLASSES or _is_operation_of_keras(module, name)
    if not known:
        raise FileError(
            path,
            f"layer '{owner}' names '{module}.{name}', which is no part that Keras "
            "models are made of, and is not looked up. If "
            + _of_your_own(_looked_up(entry)),
        )


def why_unknown(name: str) -> str:
    """Why a class is not built, as a phrase that follows the name of a layer."""
    return f"is of class '{name}', which is no layer of Keras. If {_of_your_own(name)}"


def _of_your_own(name: str, it_is: str = "it is a class") -> str:
    bare = name.rpartition(">")[-1]
    return f"{it_is} of your own, pass it as custom_objects={{'{bare}': ...}}"


def _check_function(
    path: Path, entry: dict, name: str, owner: str, custom_objects: Collection[str]
) -> None:
    """Refuses a function that Keras, looking among its own, would not find."""
    modules = (getattr(keras, place.rpartition(".")[-1]) for place in _OF_FUNCTIONS)
    if any(callable(getattr(module, name, None)) for module in modules):
        return
    full = str(entry.get("registered_name"))  # Keras 3.6 forgot the package in `config`
    is_registered = keras.saving.get_registered_object(full) is not None
    if not is_registered and not any(k.endswith(f">{name}") for k in custom_objects):
        raise FileError(
            path,
            f"layer '{owner}' has the function '{name}', which is none of Keras. If "
            + _of_your_own(name, "it is one"),
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
