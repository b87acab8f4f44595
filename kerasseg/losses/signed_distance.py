"""Distances to the boundaries of the classes, negative inside."""

from __future__ import annotations

import numpy as np
from keras import ops

from kerasseg.errors import ArgumentError
from kerasseg.ignored_labels import ignored_labels


def signed_distance_map(
    mask: np.ndarray,
    classes: int,
    ignore_class: int | tuple[int, ...] | None = None,
) -> np.ndarray:
    """Distance of every pixel to the boundary of every class, as `Boundary` takes it.

    Boundaries run between pixels: the pixels beside one are 0.5 away, negative inside
    the class, positive outside. A class that fills the mask or is not there has no
    boundary, and ±0.5 everywhere. So the sign tells the label; ignored pixels are 0 in
    all channels, and end the classes beside them.

    Args:
        mask: Class ids (height, width).
        classes: How many classes the net has; 1 for a net of one channel, whose
            foreground is class 1.
        ignore_class: Class ids of ignored pixels.

    Returns:
        float32 (height, width, classes), in pixels.

    Raises:
        ArgumentError: The mask is not two-dimensional, or holds other ids.

    Example:

    >>> import numpy as np
    >>> signed_distance_map(np.array([[0, 0, 1, 1, 1]]), classes=2)[0, :, 1].tolist()
    [1.5, 0.5, -0.5, -1.5, -2.5]
    """
    mask = np.asarray(mask)
    ignored = np.isin(mask, ignored_labels(ignore_class))
    names = range(classes) if classes > 1 else [1]
    _check_mask(mask, ignored, max(2, classes))
    maps = [_signed_distance(mask == index) for index in names]
    return np.where(ignored[..., None], 0, np.stack(maps, axis=-1)).astype("float32")


def shares_of_distances(distances, dtype):
    """The labels that distances (B, H, W, C) were made of, as one-hot (B, H, W, K)."""
    inside = distances < 0
    if distances.shape[-1] == 1:
        inside = ops.concatenate([distances > 0, inside], axis=-1)
    return ops.cast(inside, dtype)


def _signed_distance(inside: np.ndarray) -> np.ndarray:
    if inside.all() or not inside.any():
        return np.where(inside, -0.5, 0.5)
    # Imported where it is needed: the other losses do without SciPy.
    from scipy.ndimage import distance_transform_edt

    within, without = distance_transform_edt(inside), distance_transform_edt(~inside)
    return np.where(inside, 0.5 - within, without - 0.5)


def _check_mask(mask: np.ndarray, ignored: np.ndarray, classes: int) -> None:
    if mask.ndim != 2:
        raise ArgumentError(
            f"mask must have the shape (height, width). Received: shape {mask.shape}"
        )
    strange = np.setdiff1d(mask[~ignored], np.arange(classes))
    if strange.size:
        raise ArgumentError(
            f"mask must hold the class ids 0 … {classes - 1}, or ids named by "
            f"ignore_class. Received: labels {strange[:5].tolist()}"
        )
