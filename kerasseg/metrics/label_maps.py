"""Checks of the label maps that the measures of one image are given."""

from __future__ import annotations

import numpy as np

from kerasseg.errors import ArgumentError
from kerasseg.ignored_labels import IgnoreClass, ignored_labels


def check_label_maps(**maps: np.ndarray) -> list[np.ndarray]:
    """Returns integer maps `(height, width)` of one size, or says which is not.

    Raises:
        ArgumentError: A map has another shape, its size differs, or it holds what is
            no integer.
    """
    checked = []
    for name, labels in maps.items():
        labels = np.asarray(labels)
        if labels.ndim == 3 and labels.shape[-1] == 1:
            labels = labels[..., 0]
        if labels.ndim != 2 or labels.dtype.kind not in "iub":
            raise ArgumentError(
                f"{name} must be (height, width) integers. "
                f"Received: {name} of shape {labels.shape}, {labels.dtype}"
            )
        if checked and labels.shape != checked[0].shape:
            raise ArgumentError(
                f"{' and '.join(maps)} must have the same size. Received: "
                + ", ".join(f"{n} of shape {np.shape(m)}" for n, m in maps.items())
            )
        checked.append(labels.astype(np.int64))
    return checked


def valid_pixels(labels: np.ndarray, ignore_class: IgnoreClass) -> np.ndarray:
    """`(height, width)` bool: the pixels that count."""
    valid = np.ones(labels.shape, bool)
    for label in ignored_labels(ignore_class):
        valid &= labels != label
    return valid
