"""`ignore_class`, as losses and metrics take it: no label, one, or several."""

from __future__ import annotations

import numbers
from collections.abc import Sequence

from kerasseg.errors import ArgumentError

IgnoreClass = int | Sequence[int] | None


def checked_ignore_class(ignore_class: IgnoreClass) -> int | tuple[int, ...] | None:
    """Labels as Python integers, which a saved configuration can hold."""
    if ignore_class is None:
        return None
    several = isinstance(ignore_class, Sequence | set | frozenset)
    labels = list(ignore_class) if several else [ignore_class]
    if not all(isinstance(label, numbers.Integral) for label in labels):
        raise ArgumentError(
            "ignore_class must be a class id, several of them, or None. "
            f"Received: ignore_class={ignore_class!r}"
        )
    labels = tuple(sorted(int(label) for label in labels))
    return labels if several else labels[0]


def ignored_labels(ignore_class: IgnoreClass) -> tuple[int, ...]:
    """The labels to leave out, however many `ignore_class` names."""
    checked = checked_ignore_class(ignore_class)
    if checked is None:
        return ()
    return checked if isinstance(checked, tuple) else (checked,)
