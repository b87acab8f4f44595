"""The map of a fully convolutional net on one image, in tiles where that is large."""

from __future__ import annotations

from dataclasses import dataclass

import keras
import numpy as np

from kerasseg.errors import ArgumentError
from kerasseg.geometry import receptive_field
from kerasseg.graph import flatten_model
from kerasseg.inference.image_argument import image_as_array
from kerasseg.inference.large_heads import with_fast_heads


@dataclass(frozen=True)
class Span:
    """Some neighbouring cells along one axis, and the pixels that they need.

    Attributes:
        cells: First cell and the one after the last.
        pixels: First pixel to cut out and the one after the last.
        skip: Cells of the cut's own map that come before the first one wanted.
    """

    cells: tuple[int, int]
    pixels: tuple[int, int]
    skip: int


def predict_heatmap(
    fcn: keras.Model,
    image: np.ndarray,
    max_pixels: int = 4_000_000,
    verbose: int = 0,
) -> np.ndarray:
    """Runs a fully convolutional net on one image of any size.

    An image of more than `max_pixels` is cut into tiles, each with all the pixels that
    its cells see, so that the map is the same as in one piece: cells that would see the
    border of a tile are left to the neighbouring one. A net whose cells depend on the
    whole image (squeeze-and-excite) is always run in one piece.

    Args:
        fcn: A net with one image input and one map output, from `convert_to_fcn`.
        image: `(height, width, channels)`, in the range that the net was trained on.
        max_pixels: The largest cut to run at once. Memory grows with it: for VGG16 some
            2 kB a pixel.
        verbose: 1 shows a progress bar where there are several tiles.

    Returns:
        Scores, `(rows, columns, classes)`.

    Raises:
        ArgumentError: The image is smaller than one window, or does not fit the net.

    Example:

    >>> import keras, numpy as np
    >>> fcn = keras.Sequential(
    ...     [keras.Input((None, None, 1)), keras.layers.Conv2D(2, 5, strides=4)])
    >>> predict_heatmap(fcn, np.zeros((9, 13, 1))).shape
    (2, 3, 2)
    """
    if len(fcn.inputs) != 1 or len(fcn.outputs) != 1:
        raise ArgumentError(
            f"Model '{fcn.name}' must have one input and one output. Received: "
            f"{len(fcn.inputs)} inputs and {len(fcn.outputs)} outputs"
        )
    image = image_as_array(image, fcn.inputs[0].shape, "image")
    size = image.shape[:2]
    cells = map_size(fcn, image.shape)
    if size[0] * size[1] <= max_pixels or not _can_be_cut(fcn):
        return _predict(fcn, image)
    field = receptive_field(fcn, image_size=size)
    if field.whole_image:
        return _predict(fcn, image)
    spans = [
        list(_spans(field, axis, size[axis], cells[axis], max_pixels))
        for axis in (0, 1)
    ]
    dtype = keras.backend.standardize_dtype(fcn.outputs[0].dtype)
    scores = np.zeros((*cells, fcn.outputs[0].shape[-1]), dtype)
    bar = keras.utils.Progbar(len(spans[0]) * len(spans[1]), verbose=verbose)
    for y in spans[0]:
        for x in spans[1]:
            part = _predict(fcn, image[slice(*y.pixels), slice(*x.pixels)])
            height, width = y.cells[1] - y.cells[0], x.cells[1] - x.cells[0]
            scores[slice(*y.cells), slice(*x.cells)] = part[
                y.skip : y.skip + height, x.skip : x.skip + width
            ]
            bar.add(1)
    return scores


def _predict(fcn: keras.Model, image: np.ndarray) -> np.ndarray:
    return np.asarray(with_fast_heads(fcn).predict_on_batch(image[None]))[0]


def _can_be_cut(fcn: keras.Model) -> bool:
    """Whether tiles may begin at multiples of the map's stride.

    Not for a net of fixed size, nor for one that enlarges its maps again: its inner
    strides are larger than the one that is seen outside.
    """
    kinds = (keras.layers.UpSampling2D, keras.layers.Conv2DTranspose)
    if None not in fcn.inputs[0].shape[1:3]:
        return False
    return not any(isinstance(c.operation, kinds) for c in flatten_model(fcn).calls)


def map_size(fcn: keras.Model, image_shape: tuple[int, ...]) -> tuple[int, int]:
    """How many rows and columns the map of an image has.

    Args:
        fcn: The net.
        image_shape: `(height, width, channels)`.

    Raises:
        ArgumentError: Not one window fits, or the net is made for another size.
    """
    fixed = fcn.inputs[0].shape[1:3]
    if any(n not in (None, m) for n, m in zip(fixed, image_shape, strict=False)):
        raise ArgumentError(
            f"Model '{fcn.name}' takes images of {fixed[0]}×{fixed[1]} pixels alone. "
            f"Received: image of shape {image_shape}"
        )
    try:
        shape = fcn.compute_output_shape((1, *image_shape))
        rows, columns = shape[1:3]
    except ValueError:  # Keras refuses sizes that come out below zero
        rows = columns = 0
    if rows < 1 or columns < 1:
        raise ArgumentError(
            f"An image of {image_shape[0]}×{image_shape[1]} pixels is too small for "
            f"model '{fcn.name}': not one of its windows fits. Enlarge the image."
        )
    return rows, columns


def _spans(field, axis: int, length: int, cells: int, max_pixels: int):
    """Cuts one axis of the map so that a tile of such spans has at most max_pixels."""
    size, stride, offset = field.size[axis], field.stride[axis], field.offset[axis]
    room = int(max_pixels**0.5) - size - 2 * stride  # two strides for the alignment
    step = max(int(room // stride), 1)
    for first in range(0, cells, step):
        last = min(first + step, cells)
        top = max(offset + first * stride, 0)
        bottom = min(offset + (last - 1) * stride + size, length)
        # Strided "same" padding counts from the border and depends on the length, so
        # a cut must begin on the stride and end as far from it as the image does.
        top = top // stride * stride
        bottom = length - (length - bottom) // stride * stride
        yield Span((first, last), (int(top), int(bottom)), int(first - top // stride))
