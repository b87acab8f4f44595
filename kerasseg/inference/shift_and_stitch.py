"""Shift-and-stitch: a dense map from a coarse net, by moving the image under it."""

from __future__ import annotations

import keras
import numpy as np

from kerasseg.errors import ArgumentError
from kerasseg.geometry import ReceptiveField, padded_layers, receptive_field
from kerasseg.inference.heatmap import map_size, predict_heatmap
from kerasseg.inference.image_argument import image_as_array


def predict_shift_and_stitch(
    fcn: keras.Model,
    image: np.ndarray,
    batch_size: int = 8,
    max_pixels: int = 4_000_000,
) -> np.ndarray:
    """Runs a net of stride f on all f² shifts of an image and interlaces the maps.

    The way of [Long et al., 2015](https://arxiv.org/abs/1411.4038), section 3.2, and of
    [Sermanet et al., 2014](https://arxiv.org/abs/1312.6229) to one prediction a pixel.
    It needs nothing but the net as it is; `convert_to_fcn(..., output_stride=1)` gives
    the same map faster, where no layer pads. A shifted image is made when its turn
    comes, and its cells go straight to their places in the one array returned.

    Args:
        fcn: A net with one image input and one map output, open in size.
        image: `(height, width, channels)`, in the range that the net was trained on.
        batch_size: Shifted images a batch, at most.
        max_pixels: The most pixels to run at once, over all images of a batch. Memory
            grows with it. A larger image is run shift by shift, each in tiles, as
            `predict_heatmap` does.

    Returns:
        Scores `(rows, columns, classes)` at stride 1. Where no layer pads, cell
        `(y, x)` is the net's answer for the window at pixel `(y, x)`, and there is one
        for each whole window. Where layers pad, it is its answer for the image moved by
        less than a stride, zeros coming in from below and from the right.

    Raises:
        ArgumentError: The image does not fit the net, the net has several inputs or
            outputs, its stride is no whole number of pixels, or its cells depend on the
            whole image, as behind a squeeze-and-excite block, which is another for each
            shift.

    Example:

    >>> import keras, numpy as np
    >>> fcn = keras.Sequential(
    ...     [keras.Input((None, None, 1)), keras.layers.MaxPooling2D(2)])
    >>> row = np.array([3.0, 1.0, 2.0, 0.0, 5.0]).reshape(1, 5, 1).repeat(2, axis=0)
    >>> predict_shift_and_stitch(fcn, row)[0, :, 0].tolist()
    [3.0, 2.0, 2.0, 5.0]
    """
    if len(fcn.inputs) != 1 or len(fcn.outputs) != 1:
        raise ArgumentError(
            f"Model '{fcn.name}' must have one input and one output; choose one with "
            f"keras.Model(inputs, outputs[i]). Received: {len(fcn.inputs)} inputs and "
            f"{len(fcn.outputs)} outputs"
        )
    image = image_as_array(image, fcn.inputs[0].shape, "image")
    rows, columns = map_size(fcn, image.shape)
    field = receptive_field(fcn, image_size=image.shape[:2])
    strides = field.stride
    if field.whole_image:
        raise ArgumentError(
            f"The cells of model '{fcn.name}' depend on the whole image (it pools the "
            "map and merges the result back into it), and a shifted image is another, "
            "with zeros at two sides. Use predict_sliding or predict_heatmap"
        )
    if any(stride != int(stride) for stride in strides):
        raise ArgumentError(
            f"Model '{fcn.name}' has a stride of {strides} pixels, which no shifts fill"
        )
    for name, value in (("batch_size", batch_size), ("max_pixels", max_pixels)):
        if value < 1:
            raise ArgumentError(f"{name} must be positive. Received: {name}={value}")
    dense = None
    for some, maps in _maps(fcn, image, strides, batch_size, max_pixels):
        if dense is None:
            size = (rows * strides[0], columns * strides[1], maps.shape[-1])
            dense = np.empty(size, maps.dtype)
        for (y, x), scores in zip(some, maps, strict=True):
            dense[y :: strides[0], x :: strides[1]] = scores
    return _only_whole_windows(dense, fcn, field, image.shape)


def _maps(fcn: keras.Model, image: np.ndarray, strides, batch_size, max_pixels):
    """Yields some shifts and their maps `(shifts, rows, columns, classes)`, in turn."""
    shifts = [(y, x) for y in range(strides[0]) for x in range(strides[1])]
    pixels = image.shape[0] * image.shape[1]
    count = min(batch_size, max(max_pixels // pixels, 1))
    for first in range(0, len(shifts), count):
        some = shifts[first : first + count]
        if pixels > max_pixels:
            whole = _shifted(image, some)[0]
            yield some, predict_heatmap(fcn, whole, max_pixels)[None]
        else:
            yield some, np.asarray(fcn.predict_on_batch(_shifted(image, some)))


def _shifted(image: np.ndarray, shifts: list[tuple[int, int]]) -> np.ndarray:
    """The image moved up and to the left, zeros coming in at the other ends."""
    height, width = image.shape[:2]
    images = np.zeros((len(shifts), *image.shape), image.dtype)
    for moved, (y, x) in zip(images, shifts, strict=True):
        moved[: height - y, : width - x] = image[y:, x:]
    return images


def _only_whole_windows(dense, fcn, field: ReceptiveField, shape) -> np.ndarray:
    """Cuts off the cells of a net without padding that saw the zeros that came in."""
    if padded_layers(fcn):
        return dense
    whole = [int(shape[i] - field.size[i] - field.offset[i]) + 1 for i in (0, 1)]
    return dense[: whole[0], : whole[1]]
