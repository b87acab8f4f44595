"""What a value was made of, and what it left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kerasseg.metrics.measures import MEASURES, evaluate_each


@dataclass(frozen=True)
class Details:
    """A measure with what it was made of; `str()` says it in one line.

    Attributes:
        measure: Its name, such as `"mean_iou"`.
        average: `"dataset"` or `"image"`.
        value: The measure, or for measures of each class their mean; `None` if there
            was nothing to measure.
        per_class: Value by class name, `None` for classes that have none; empty for
            measures that know no classes.
        left_out: Names of the classes without a value.
        counted: Pixels that count, or the sum of their weights.
        ignored: Pixels that carry the ignored label (or their weights).
        outside: Pixels whose label is no class and not ignored either: a fault of the
            data, or of `ignore_class`.
        nan: Pixels with a score that is NaN; where there are any, so are the values.
        images: Images that have a value, where `average` is `"image"`, or `None`.
        images_left_out: Those that have none, or `None`.
    """

    measure: str
    average: str
    value: float | None
    per_class: Mapping[str, float | None]
    left_out: tuple[str, ...]
    counted: float
    ignored: float
    outside: float
    nan: float = 0.0
    images: int | None = None
    images_left_out: int | None = None

    def __str__(self) -> str:
        if self.value is None:
            text = f"{self.measure}: nothing to measure"
        else:
            text = f"{self.measure} {self.value:.4f}"
        parts = [text, *self._left_out(), f"{self.counted:,.7g} pixels counted"]
        if self.ignored:
            parts.append(f"{self.ignored:,.7g} ignored")
        if self.outside:
            parts.append(f"{self.outside:,.7g} with labels that are no class")
        if self.nan:
            parts.append(f"{self.nan:,.7g} with scores that are NaN")
        return "; ".join(parts)

    def _left_out(self):
        if self.left_out:
            yield f"left out: {', '.join(self.left_out)}"
        if self.images is not None:
            yield f"mean of {self.images} images, {self.images_left_out} left out"


def describe(
    measure: str,
    average: str,
    matrix: np.ndarray,
    values: np.ndarray,
    exist: np.ndarray,
    *,
    names: Sequence[str],
    kept: np.ndarray,
    **counts: float | None,
) -> Details:
    """Puts together what is known of one measure.

    Args:
        measure: A key of `MEASURES`.
        average: `"dataset"` or `"image"`.
        matrix: `(classes, classes)` counts of all images.
        values: The measure, of each class or as one number.
        exist: Which of the values there are.
        names: The classes.
        kept: `(classes,)` bool, the classes that means run over.
        counts: The further attributes of `Details`.
    """
    over_classes = MEASURES[measure].over_classes
    value = float(values[0]) if exist[0] else None
    per_class: dict[str, float | None] = {}
    if over_classes is not None:
        of_each = (values, exist)
        if over_classes != "each":
            of_each = evaluate_each(np, measure, matrix)
        per_class = _by_name(names, *of_each)
    left_out = [n for n, k in zip(names, kept, strict=True) if k and per_class]
    left_out = [name for name in left_out if per_class[name] is None]
    if over_classes == "each":
        shared = exist & kept
        value = float(values[shared].mean()) if shared.any() else None
    elif average == "image":
        per_class = {}  # the mean ran over images, not over these
    if counts.get("nan"):
        value, left_out = float("nan"), []
        per_class = dict.fromkeys(per_class, value)
    return Details(
        *(measure, average, value, per_class, tuple(left_out), float(matrix.sum())),
        **counts,
    )


def _by_name(names, values, exist):
    return {
        name: float(value) if is_there else None
        for name, value, is_there in zip(names, values, exist, strict=True)
    }
