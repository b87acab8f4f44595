"""Checks of the options that the metrics share."""

from __future__ import annotations

import numbers
from collections.abc import Sequence

from kerasseg.errors import ArgumentError
from kerasseg.metrics.measures import MEASURES

AVERAGES = ("dataset", "image")


def check_options(
    classes: int,
    measures: Sequence[str],
    average: str,
    class_names: Sequence[str] | None,
    leave_out: Sequence[int],
) -> None:
    """Raises `ArgumentError` unless a confusion matrix can have these options."""
    whole = isinstance(classes, numbers.Integral) and not isinstance(classes, bool)
    if not whole or classes < 2:
        raise ArgumentError(
            "classes must be an integer of at least 2 (for one-channel predictions, "
            f"2). Received: classes={classes!r}"
        )
    if isinstance(measures, str) or not measures or not set(measures) <= set(MEASURES):
        raise ArgumentError(
            f"measures must be a list of some of {', '.join(MEASURES)}. "
            f"Received: measures={measures!r}"
        )
    if average not in AVERAGES:
        raise ArgumentError(
            f"average must be one of {AVERAGES}. Received: average={average!r}"
        )
    if class_names is not None:
        _check_names(classes, class_names)
    if not set(leave_out) < set(range(classes)):
        raise ArgumentError(
            f"leave_out must be some of the classes 0 to {classes - 1}, not all. "
            f"Received: leave_out={leave_out!r}"
        )


def _check_names(classes, class_names):
    if len(class_names) != classes or len(set(class_names)) != classes:
        raise ArgumentError(
            f"class_names must be {classes} different names, one for each class. "
            f"Received: class_names={list(class_names)!r}"
        )
