"""The smallest image that a converted net takes."""

from __future__ import annotations

import keras
from keras import tree

from kerasseg.errors import ArgumentError
from kerasseg.graph import image_inputs

Size = tuple[int, int]


def is_smaller(size: Size | None, than: tuple[int | None, int | None]) -> bool:
    """Whether a size is given and smaller, in height or width, than a known one."""
    if size is None or None in than:
        return False
    return any(a < b for a, b in zip(size, than, strict=True))


def check_size_fits(fcn: keras.Model, native_size: Size, image_size: Size) -> None:
    """Refuses an image size that is too small for the windows of a net.

    Args:
        fcn: The net, for images of any size.
        native_size: `(height, width)` of the classifier, at which the net has a cell.
        image_size: What the net is to be fixed to.

    Raises:
        ArgumentError: The net has no cell there; the message tells the smallest size.
    """
    if _gives_cells(fcn, image_size):
        return
    smallest = tuple(_smallest(fcn, native_size, axis) for axis in (0, 1))
    raise ArgumentError(
        f"image_size must be {smallest} or larger: a smaller image has no room for the "
        f"window of one cell. Received: image_size={image_size}"
    )


def _smallest(fcn: keras.Model, native_size: Size, axis: int) -> int:
    """The least height or width, by halving what lies below the classifier's own."""
    too_small, enough = 0, native_size[axis]
    while enough - too_small > 1:
        middle = (too_small + enough) // 2
        size = (middle, native_size[1]) if axis == 0 else (native_size[0], middle)
        if _gives_cells(fcn, size):
            enough = middle
        else:
            too_small = middle
    return enough


def _gives_cells(fcn: keras.Model, size: Size) -> bool:
    images = {id(tensor) for tensor in image_inputs(fcn.inputs)}
    shapes = [
        (1, *size, *t.shape[3:]) if id(t) in images else (1, *t.shape[1:])
        for t in fcn.inputs
    ]
    given = tree.pack_sequence_as(fcn.input, [keras.KerasTensor(s) for s in shapes])
    try:
        made = fcn.compute_output_spec(given)
    except ValueError:  # a window larger than its map
        return False
    return all(min(output.shape[1:3]) > 0 for output in tree.flatten(made))
