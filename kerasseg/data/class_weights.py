"""Weights that make rare classes count as much as common ones."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from kerasseg.errors import ArgumentError, KerasSegWarning

METHODS = ("median_frequency", "inverse", "effective_number")

# What the authors of SegNet trained with, by class as in their label images. No reading
# of the formula gives them from the data set: "median_frequency" comes within a fifth,
# save for 3.85 instead of 9.64 for signs.
SEGNET_CAMVID_WEIGHTS = (
    *(0.2595, 0.1826, 4.5640, 0.1417, 0.9051, 0.3826),
    *(9.6446, 1.8418, 0.6823, 6.2478, 7.3614),
)


def class_weights(
    statistics: Any,
    method: str = "median_frequency",
    *,
    absent: float | None = None,
    beta: float = 1 - 1e-7,
) -> np.ndarray:
    """Weighs the classes by how rare their pixels are.

    - `"median_frequency"`: the median of the frequencies over that of the class, where
      a frequency is the share of the class in the images that hold it.
    - `"inverse"`: one over the share of the class in all pixels; scaled, so that the
      mean weight of a pixel is 1.
    - `"effective_number"`: `(1 - β) / (1 - β^n)` for n pixels; scaled, so that the mean
      weight of the present classes is 1.

    References:

    - [Predicting Depth, Surface Normals and Semantic Labels with a Common Multi-Scale
      Convolutional Architecture](https://arxiv.org/abs/1411.4734), section 6.3.2 (Eigen
      and Fergus, 2015), for the median frequency
    - [Class-Balanced Loss Based on Effective Number of
      Samples](https://arxiv.org/abs/1901.05555) (Cui, Jia, Lin, Song and Belongie,
      2019)

    Args:
        statistics: `dataset.class_statistics()`; or the pixels of each class, for which
            every image is taken to hold every class.
        method: One of the three.
        absent: The weight of classes without a pixel. By default 0, with a warning.
        beta: β of `"effective_number"`, from 0 to below 1. Classes of far more than
            `1 / (1 - beta)` pixels are not told apart: the 0.9999 of the paper is for
            counts of images.

    Returns:
        `(classes,)` float32, all finite.

    Raises:
        ArgumentError: There is no such method, the counts are none, or all are 0; or
            beta is out of range.

    Example:

    >>> import numpy as np
    >>> class_weights(np.array([60, 30, 10]))
    array([0.5, 1. , 3. ], dtype=float32)
    """
    if method not in METHODS:
        raise ArgumentError(
            f"method must be one of {METHODS}. Received: method={method!r}"
        )
    if not 0 <= beta < 1:
        raise ArgumentError(f"beta must be from 0 to below 1. Received: beta={beta}")
    pixels = _counts(getattr(statistics, "pixels", statistics))
    in_images = _counts(getattr(statistics, "pixels_of_images", pixels.sum()))
    present = pixels > 0
    if not present.any():
        raise ArgumentError(
            f"no class has a pixel, so none can be weighed. Received: {pixels.tolist()}"
        )
    if absent is None and not present.all():
        numbers = np.flatnonzero(~present).tolist()
        warnings.warn(
            f"Classes {numbers} have no pixel and get the weight 0. Pass absent=0.0 if "
            "this is meant.",
            KerasSegWarning,
            stacklevel=2,
        )
    weights = np.full(pixels.shape, absent or 0.0)
    in_images = np.broadcast_to(in_images, pixels.shape)[present]
    weights[present] = _weigh(pixels[present], in_images, method, beta)
    return weights.astype(np.float32)


def _weigh(pixels, in_images, method: str, beta: float) -> np.ndarray:
    """The weights of classes that all have pixels."""
    if method == "median_frequency":
        frequency = pixels / in_images
        return np.median(frequency) / frequency
    if method == "inverse":
        return pixels.sum() / (len(pixels) * pixels)
    if beta == 0:
        return np.ones(pixels.shape)
    # 1 - β^n without the loss of digits that β next to 1 would bring
    rarity = 1 / -np.expm1(pixels * np.log(beta))
    return rarity / rarity.mean()


def _counts(values: Any) -> np.ndarray:
    counts = np.asarray(values, np.float64)
    if not np.isfinite(counts).all() or (counts < 0).any() or counts.ndim > 1:
        raise ArgumentError(
            "pixels must be one count of at least 0 for each class. "
            f"Received: {values!r}"
        )
    return counts
