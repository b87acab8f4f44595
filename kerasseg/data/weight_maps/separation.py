"""Lines of background between instances that touch, and classes made of instances."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from kerasseg.data.weight_maps.labels import as_instances
from kerasseg.errors import ArgumentError


def separation_border(labels: np.ndarray, width: int = 2) -> np.ndarray:
    """Marks where two instances touch, or are less than `width` pixels apart.

    A pixel belongs to the border if a square of `width + 1` pixels around it meets two
    instances: two that touch along a straight line get a border of `width` pixels, one
    half on either side.

    Reference:

    - [U-Net: Convolutional Networks for Biomedical Image
      Segmentation](https://arxiv.org/abs/1505.04597), section 3 (Ronneberger, Fischer
      and Brox, 2015)

    Args:
        labels: `(height, width)` integers, the instance of each pixel, 0 for
            background.
        width: Of the border, in pixels, at least 1.

    Returns:
        `(height, width)` bool.

    Raises:
        ArgumentError: The labels are no instance numbers, or the width is below 1.

    Example:

    >>> import numpy as np
    >>> separation_border(np.array([[1, 1, 1, 2, 2, 0]])).astype(int)
    array([[0, 0, 1, 1, 0, 0]])
    """
    if not isinstance(width, (int, np.integer)) or width < 1:
        raise ArgumentError(
            f"width must be a whole number of at least 1. Received: width={width}"
        )
    labels = as_instances(labels)
    if not labels.size:
        return np.zeros(labels.shape, bool)
    beyond = np.iinfo(labels.dtype).max
    # Outside the image stands nothing: 0 for the highest, `beyond` for the lowest.
    highest = ndimage.maximum_filter(labels, width + 1, mode="constant", cval=0)
    lowest = ndimage.minimum_filter(
        np.where(labels == 0, beyond, labels), width + 1, mode="constant", cval=beyond
    )
    return (highest > lowest) & (lowest < beyond)


def separate_touching(labels: np.ndarray, width: int = 2) -> np.ndarray:
    """The instances with background between them where they touched.

    Args:
        labels: As for `separation_border`.
        width: Of the gap, in pixels.

    Returns:
        A copy of the labels, of the same type, 0 on the border.

    Raises:
        ArgumentError: As for `separation_border`.

    Example:

    >>> import numpy as np
    >>> separate_touching(np.array([[7, 7, 7, 9, 9, 9]]))
    array([[7, 7, 0, 0, 9, 9]])
    """
    return np.where(separation_border(labels, width), 0, np.asarray(labels)).astype(
        np.asarray(labels).dtype
    )


def instances_to_classes(
    labels: np.ndarray, border_width: int = 2, border_class: int = 2
) -> np.ndarray:
    """Makes a mask of classes out of instances: background 0, cells 1, and borders.

    Args:
        labels: As for `separation_border`.
        border_width: Width of the border between instances, in pixels; 0 for none.
        border_class: The class of that border. The usual choices are 2, a class of its
            own, and 0, background.

    Returns:
        `(height, width)` int32.

    Raises:
        ArgumentError: As for `separation_border`, or the border's class is below 0.

    Example:

    >>> import numpy as np
    >>> instances_to_classes(np.array([[0, 1, 1, 1, 2, 2, 2]]))
    array([[0, 1, 1, 2, 2, 1, 1]], dtype=int32)
    """
    if border_class < 0:
        raise ArgumentError(
            f"border_class must be at least 0. Received: border_class={border_class}"
        )
    classes = (as_instances(labels) > 0).astype(np.int32)
    if border_width:
        classes[separation_border(labels, border_width)] = border_class
    return classes
