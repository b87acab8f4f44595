"""The name of a class, whichever way the names are given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kerasseg.errors import ArgumentError

ClassNames = Sequence[str] | Mapping[int, str]


def class_name(class_names: ClassNames, label: int) -> str:
    """The name of class `label`.

    Raises:
        ArgumentError: `class_names` has none for it.
    """
    try:
        return class_names[label]
    except (IndexError, KeyError) as error:
        raise ArgumentError(
            f"class_names has no name for class {label}. "
            f"Received: {len(class_names)} names"
        ) from error
