"""All numbers that the next training step depends on, out of a model and back."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import keras
import numpy as np

from kerasseg.errors import ArgumentError
from kerasseg.training.checkpoint_file import Contents, Entry

MODEL, OPTIMIZER, METRICS = "model", "optimizer", "metric"


def check_trainable(model: keras.Model) -> None:
    """Raises `ArgumentError` unless the model is compiled, and builds its optimizer."""
    if getattr(model, "optimizer", None) is None:
        raise ArgumentError(
            f"The model must be compiled before a checkpoint is restored into it. "
            f"Received: model='{model.name}', which has no optimizer"
        )
    if not model.built:
        raise ArgumentError(
            "The model has no weights yet; call it on a batch before a checkpoint is "
            f"restored into it. Received: model='{model.name}'"
        )
    if not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)


def groups_of(model: keras.Model) -> dict[str, list[keras.Variable]]:
    """The variables of a compiled model; seeds and moving averages are among them."""
    return {MODEL: model.variables, OPTIMIZER: model.optimizer.variables}


def arrays_of(
    groups: dict[str, Sequence[keras.Variable]],
) -> Iterator[tuple[str, str, np.ndarray]]:
    """Group, name and numbers of each variable."""
    for group, variables in groups.items():
        for variable in variables:
            yield group, variable.path, keras.ops.convert_to_numpy(variable)


def difference(contents: Contents, groups: dict[str, list]) -> str | None:
    """The first variable that differs from what a checkpoint holds, in words."""
    for group, variables in groups.items():
        recorded = [entry for entry, _ in contents.group(group)]
        here = [_entry(group, variable) for variable in variables]
        for index in range(max(len(recorded), len(here))):
            old = recorded[index] if index < len(recorded) else None
            new = here[index] if index < len(here) else None
            if old is None or new is None or not _same(old, new):
                return (
                    f"{group} variable {index} is {_say(old)} there, {_say(new)} here"
                )
    return None


def assign(contents: Contents, groups: dict[str, list]) -> None:
    """Gives every variable its numbers; `difference` must have found none."""
    for group, variables in groups.items():
        pairs = zip(variables, contents.group(group), strict=True)
        for variable, (_, array) in pairs:
            variable.assign(array)


def _entry(group, variable):
    dtype = np.dtype(keras.backend.standardize_dtype(variable.dtype)).name
    return Entry(group, variable.path, tuple(variable.shape), dtype)


def _same(old, new):
    return (_unnumbered(old.name), *old[2:]) == (_unnumbered(new.name), *new[2:])


def _unnumbered(path):
    # Keras numbers the layers that nobody named, on and on within one process; in the
    # names of an optimizer's moments the number stands amid others.
    return re.sub(r"_\d+(?=[_/]|$)", "", path)


def _say(entry):
    return "missing" if entry is None else str(entry)
