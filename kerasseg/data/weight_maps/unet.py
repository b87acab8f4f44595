"""The weight map of U-Net: how much each pixel counts in the loss."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from scipy import ndimage

from kerasseg.data.weight_maps.labels import as_instances
from kerasseg.errors import ArgumentError

# What the separation term is where it is left out, so far from two cells.
_NEGLIGIBLE = 1e-6


def unet_weight_map(
    labels: np.ndarray,
    w0: float = 10.0,
    sigma: float = 5.0,
    class_weight: Mapping[int, float] | str | None = None,
    *,
    inside: bool = False,
) -> np.ndarray:
    """Weighs pixels between cells that stand close together.

    `w = w_c + w0 · exp(-(d1 + d2)² / 2σ²)`, with the weight `w_c` of the pixel's class
    and the distances `d1` and `d2` to the nearest and the second nearest cell. The
    second term is that of the background, as in the paper, which puts a line of
    background between cells that touch: `separate_touching` does so. Where there are
    fewer than two cells it is 0.

    The distances to a cell are worked out around this cell alone, up to where the term
    falls below a millionth: many cells take hardly longer than one.

    Reference:

    - [U-Net: Convolutional Networks for Biomedical Image
      Segmentation](https://arxiv.org/abs/1505.04597), equation 2 (Ronneberger, Fischer
      and Brox, 2015)

    Args:
        labels: `(height, width)` integers, the number of the cell that each pixel
            belongs to, 0 for background.
        w0: Height of the separation term, at least 0.
        sigma: Its width, in pixels.
        class_weight: Of the background and the cells, `{0: w, 1: w}`; `"balanced"`
            gives both the same sum, and their mean over the image is 1. `None`: 1.
        inside: Whether cells get the second term too, where d1 is 0.

    Returns:
        `(height, width)` float32.

    Raises:
        ArgumentError: The labels are no instance numbers, or another argument has a
            value that the formula cannot work with.

    Example:

    >>> import numpy as np
    >>> labels = np.array([[1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]])
    >>> unet_weight_map(labels, sigma=1.0)[0, :4].round(3)
    array([1.   , 2.353, 1.   , 1.003], dtype=float32)
    """
    if not (w0 >= 0 and math.isfinite(w0) and sigma > 0 and math.isfinite(sigma)):
        raise ArgumentError(
            "w0 must be at least 0 and sigma above 0, both finite. "
            f"Received: w0={w0}, sigma={sigma}"
        )
    labels = as_instances(labels)
    weights = _class_weights(labels > 0, class_weight)  # (H, W)
    reach = sigma * math.sqrt(2 * math.log(max(w0 / _NEGLIGIBLE, 1)))
    distance = _distance_to_two(labels, math.ceil(min(reach, sum(labels.shape))))
    term = w0 * np.exp(-np.square(distance / sigma) / 2)
    if not inside:
        term[labels > 0] = 0
    return (weights + term).astype(np.float32)


def _distance_to_two(labels: np.ndarray, reach: int) -> np.ndarray:
    """d1 + d2 of every pixel, infinite where one of them lies beyond `reach`."""
    nearest = np.full(labels.shape, np.inf)
    second = np.full(labels.shape, np.inf)
    boxes = ndimage.find_objects(labels) if labels.any() else []
    for number, box in enumerate(boxes, start=1):
        around = tuple(slice(max(s.start - reach, 0), s.stop + reach) for s in box)
        far = ndimage.distance_transform_edt(labels[around] != number)
        second[around] = np.minimum(second[around], np.maximum(nearest[around], far))
        nearest[around] = np.minimum(nearest[around], far)
    return nearest + second


def _class_weights(cells: np.ndarray, class_weight) -> np.ndarray:
    """w_c of every pixel."""
    if class_weight is None:
        return np.ones(cells.shape)
    if isinstance(class_weight, str):
        if class_weight != "balanced":
            raise ArgumentError(
                'class_weight must be a mapping {0: w, 1: w}, "balanced" or None. '
                f"Received: class_weight={class_weight!r}"
            )
        share = cells.mean() if cells.size else 0
        if share in (0, 1):  # one class alone has nothing to be balanced with
            return np.ones(cells.shape)
        return np.where(cells, 0.5 / share, 0.5 / (1 - share))
    if set(class_weight) != {0, 1} or not all(
        w >= 0 and math.isfinite(w) for w in class_weight.values()
    ):
        raise ArgumentError(
            "class_weight must give background 0 and cells 1 each a weight of at least "
            f"0. Received: class_weight={dict(class_weight)}"
        )
    return np.where(cells, float(class_weight[1]), float(class_weight[0]))
