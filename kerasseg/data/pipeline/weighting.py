"""How much each pixel counts: a map of the image times a weight of its class."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from kerasseg.data.class_weights import METHODS, class_weights
from kerasseg.data.weight_maps import unet_weight_map
from kerasseg.errors import ArgumentError

WeightMap = str | Callable[[Any], np.ndarray] | None


def map_of(weight_map: WeightMap, sample) -> np.ndarray | None:
    """The weights of a sample's pixels, before its class counts.

    Args:
        weight_map: `"unet"`, a function of the sample, or `None`.
        sample: With `image`, `mask`, `name` and `instances`.

    Returns:
        `(height, width)` float32, or `None`.

    Raises:
        ArgumentError: There are no instances to separate, or a function gave something
            else than weights.
    """
    if weight_map is None:
        return None
    if callable(weight_map):
        return _checked(np.asarray(weight_map(sample)), sample)
    if sample.instances is None:
        raise ArgumentError(
            f'weight_map="unet" needs instances, and {sample.name} has none: pass a '
            "function of the sample, such as lambda s: unet_weight_map(label(s.mask))"
        )
    return unet_weight_map(sample.instances)


def check_map(weight_map: WeightMap) -> None:
    """Raises `ArgumentError` unless this is `"unet"`, a function, or `None`."""
    if not (weight_map is None or weight_map == "unet" or callable(weight_map)):
        raise ArgumentError(
            'weight_map must be "unet", a function of the sample, or None. '
            f"Received: weight_map={weight_map!r}"
        )


def weights_of_classes(class_weight, dataset) -> np.ndarray | None:
    """The weight of each class, `(classes,)` float32.

    Args:
        class_weight: A sequence with one for each class, a mapping from class to
            weight (1 for those it leaves out), the name of a method of
            `class_weights`, or `None`.
        dataset: With `classes`, and `class_statistics()` for a method.

    Raises:
        ArgumentError: It is none of these.
    """
    if class_weight is None:
        return None
    if isinstance(class_weight, str):
        if class_weight not in METHODS:
            raise ArgumentError(
                f"class_weight must be weights or one of {METHODS}. "
                f"Received: class_weight={class_weight!r}"
            )
        return class_weights(dataset.class_statistics(), class_weight)
    weights = np.array(_as_list(class_weight, dataset.classes), np.float32)
    fits = (weights >= 0) & np.isfinite(weights)
    if weights.shape != (dataset.classes,) or not fits.all():
        raise ArgumentError(
            f"class_weight must give each of the {dataset.classes} classes a finite "
            f"weight of at least 0. Received: class_weight={class_weight}"
        )
    return weights


def pixel_weights(
    mask: np.ndarray,
    weights: np.ndarray | None,
    by_class: np.ndarray | None,
    ignore_class: int | None,
) -> np.ndarray | None:
    """The product of both, 0 where the class is ignored; `None` where neither is given.

    Args:
        mask: `(height, width)` class ids or the ignored label.
        weights: `(height, width)` of the map, or `None`.
        by_class: `(classes,)`, or `None`.
        ignore_class: The ignored label, or `None`.

    Returns:
        `(height, width)` float32.
    """
    if weights is None and by_class is None:
        return None
    counts = np.ones(mask.shape, bool) if ignore_class is None else mask != ignore_class
    result = counts.astype(np.float32)
    if weights is not None:
        result *= weights
    if by_class is not None:
        result *= by_class[np.where(counts, mask, 0)]
    return result


def _as_list(class_weight: Mapping | Sequence, classes: int) -> Sequence:
    if not isinstance(class_weight, Mapping):
        return class_weight
    if not set(class_weight) <= set(range(classes)):
        raise ArgumentError(
            f"class_weight must have keys from 0 to {classes - 1}. "
            f"Received: class_weight={dict(class_weight)}"
        )
    return [class_weight.get(number, 1.0) for number in range(classes)]


def _checked(weights: np.ndarray, sample) -> np.ndarray:
    size = sample.mask.shape
    is_map = weights.shape == size and weights.dtype.kind in "fiub"
    if not (is_map and np.isfinite(weights).all() and (weights >= 0).all()):
        least = f", from {weights.min()}" if is_map and weights.size else ""
        raise ArgumentError(
            f"weight_map must give finite weights of at least 0 of the mask's size, "
            f"{size}, for {sample.name}. Received: {weights.dtype} of shape "
            f"{weights.shape}{least}"
        )
    return weights.astype(np.float32)
