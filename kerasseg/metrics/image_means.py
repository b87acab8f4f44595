"""The mean of a measure over images that leaves out those which have none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kerasseg.errors import ArgumentError


class MeanOverImages:
    """The mean over images of any measure of one image.

    A measure that has no value on an image, such as SEG where there is no object, gives
    `None` there; that image is left out, and counted.

    Args:
        measure: A function of two label maps and options: `seg_measure`,
            `adapted_rand_error`, `average_precision`, …
        part: For measures that give several numbers: the attribute to average, such as
            `"error"`, `"total"` or `"mean"`.
        options: Further arguments of `measure`.

    Attributes:
        images: How many images have a value.
        left_out: How many have none.

    Example:

    >>> import numpy as np
    >>> from kerasseg.metrics import seg_measure
    >>> mean = MeanOverImages(seg_measure)
    >>> mean.update(np.array([[1, 1, 0]]), np.array([[1, 1, 1]]))
    >>> mean.update(np.array([[0, 0, 0]]), np.array([[0, 0, 0]]))
    >>> round(mean.result(), 4), mean.images, mean.left_out
    (0.6667, 1, 1)
    """

    def __init__(
        self,
        measure: Callable[..., Any],
        part: str | None = None,
        **options: Any,
    ):
        self.measure = measure
        self.part = part
        self.options = options
        self.values: list[float] = []
        self.left_out = 0

    @property
    def images(self) -> int:
        return len(self.values)

    def update(self, y_true: np.ndarray, y_pred: np.ndarray) -> None:
        """Measures one image, `(height, width)`, or each of a batch of them."""
        y_true, y_pred = np.asarray(y_true), np.asarray(y_pred)
        if y_true.ndim == 2:
            y_true, y_pred = y_true[None], y_pred[None]
        if y_true.ndim == 3 and y_true.shape[-1] == 1 < len(y_true):
            raise ArgumentError(
                "y_true of this shape may be one image or a batch of columns; pass "
                f"images one by one, as (height, width). Received: {y_true.shape}"
            )
        if len(y_true) != len(y_pred):
            raise ArgumentError(
                "y_true and y_pred must hold as many images. "
                f"Received: {len(y_true)} and {len(y_pred)} images"
            )
        for true, predicted in zip(y_true, y_pred, strict=True):
            self._add(self.measure(true, predicted, **self.options))

    def result(self) -> float | None:
        """The mean, or `None` if no image has a value."""
        return float(np.mean(self.values)) if self.values else None

    def _add(self, value):
        if value is not None and self.part is not None:
            value = getattr(value, self.part)
        if value is None:
            self.left_out += 1
        else:
            self.values.append(float(value))
