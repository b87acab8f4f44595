"""The parts of images that excite a unit of a net the most."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import keras
import numpy as np

from kerasseg.errors import ArgumentError
from kerasseg.geometry import ReceptiveField, receptive_field
from kerasseg.inference.image_argument import image_as_array
from kerasseg.layers.integer_arguments import integer
from kerasseg.visualize.layer_outputs import Route, layer_outputs, route_to
from kerasseg.visualize.panels import side_by_side

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_MARGIN = 0.5  # mid-grey, in [0, 1]


@dataclass(frozen=True, eq=False)
class ExcitingInput:
    """What excited a unit, and where it stood.

    Attributes:
        score: What the unit put out.
        image_index: Which image, counted from 0.
        cell: `(row, column)` on the layer's map; `(0, 0)` for a layer without maps.
        box: `(top, left, bottom, right)` in pixels that the cell sees, half-open; it
            may leave the image.
        crop: `(height, width, channels)`, the pixels of the image inside the box.
        margin: By how many pixels the box leaves the image at `(top, left, bottom,
            right)`.
    """

    score: float
    image_index: int
    cell: tuple[int, int]
    box: tuple[float, float, float, float]
    crop: np.ndarray
    margin: tuple[int, int, int, int]


def exciting_inputs(
    model: keras.Model,
    images: Iterable[np.ndarray],
    layer: str | keras.Layer,
    unit: int,
    count: int = 9,
    *,
    per_image: int = 1,
    batch_size: int = 32,
) -> list[ExcitingInput]:
    """Finds the inputs to which a unit answers most strongly, cut out of the images.

    Each is the receptive field of one cell, as in [Girshick et al., 2014](
    https://arxiv.org/abs/1311.2524), section 3.1. The images are read one after another
    and only the crops are kept, so a generator over any number of files will do.

    Args:
        model: A Functional or Sequential model with one image as its input.
        images: Images `(height, width, channels)`, `(height, width)` for one channel,
            in the range that the net was trained on. They may differ in size, if the
            layers up to that one take any.
        layer: A layer, its name, or `"outer/inner"` for a nested one.
        unit: The channel of its output, from 0.
        count: How many inputs to find at most, at least 1.
        per_image: How many may come from one image. Neighbouring cells see nearly the
            same, so more than 1 tends to find one thing several times.
        batch_size: How many images of one size in a row are run at once.

    Returns:
        The inputs, the most exciting first; of equal ones the earlier image, then the
        cell nearer to the top, then to the left.

    Raises:
        ArgumentError: There are no images, one does not fit the model, there is no such
            layer or unit, or a number is below 1.
        GeometryError: The layer's cells have no receptive field.

    Example:

    >>> import keras, numpy as np
    >>> net = keras.Sequential([
    ...     keras.Input((None, None, 1)), keras.layers.MaxPooling2D(2, name="pool")])
    >>> image = np.zeros((6, 8, 1))
    >>> image[3, 5] = 1
    >>> best = exciting_inputs(net, [np.zeros((4, 4, 1)), image], "pool", unit=0)[0]
    >>> best.score, best.image_index, best.cell, best.box
    (1.0, 1, (1, 2), (2, 4, 4, 6))
    """
    given = {"count": count, "per_image": per_image, "batch_size": batch_size}
    for name, value in given.items():
        integer(value, name)
    ways: dict[tuple[int, int], tuple[Route, ReceptiveField]] = {}
    best: list[tuple[tuple, ExcitingInput]] = []  # a heap, the least exciting first
    for first, batch in _batches(model, images, batch_size):
        size = batch.shape[1:3]
        if size not in ways:
            route = route_to(model, layer, size)
            ways[size] = route, receptive_field(model, route.path, size)
        route, field = ways[size]
        maps = _maps_of_unit(route, batch, unit)
        for index, (image, scores) in enumerate(zip(batch, maps, strict=True), first):
            for rank, cell in _strongest(scores, index, min(per_image, count)):
                if len(best) < count:
                    heapq.heappush(best, (rank, _cut(image, index, cell, rank, field)))
                elif rank > best[0][0]:
                    new = rank, _cut(image, index, cell, rank, field)
                    heapq.heapreplace(best, new)
    if not ways:
        raise ArgumentError("There are no images. A generator can be read only once.")
    return [found for _, found in sorted(best, key=lambda pair: pair[0], reverse=True)]


def draw_exciting_inputs(
    found: list[ExcitingInput], columns: int | None = None
) -> Figure:
    """Shows what `exciting_inputs` found, each under its score.

    What of a box lies outside its image is grey. Pixels that are neither uint8 nor in
    [0, 1] are stretched, all crops alike, from the least to the greatest.

    Args:
        found: The inputs, of 1 or 3 channels.
        columns: How many in a row; by default all, and at most 4.

    Returns:
        The figure.

    Raises:
        ArgumentError: There are none, or they cannot be shown.

    Example:

    >>> import numpy as np
    >>> corner = ExcitingInput(
    ...     2.5, 7, (0, 0), (-1, -1, 3, 3), np.ones((3, 3, 1)), (1, 1, 0, 0))
    >>> figure = draw_exciting_inputs([corner])
    >>> figure.axes[0].get_title()
    '2.5\\nimage 7'
    """
    crops = [_as_float(one.crop) for one in found]
    values = np.concatenate([crop.ravel() for crop in crops]) if crops else np.zeros(1)
    low, high = (float(f(values, initial=0)) for f in (np.min, np.max))
    if low < 0 or high > 1:
        low = float(values.min())
        crops = [(crop - low) / (high - low or 1) for crop in crops]
    panels = [
        np.pad(np.clip(crop, 0, 1), _pads(one.margin), constant_values=_MARGIN)
        for crop, one in zip(crops, found, strict=True)
    ]
    titles = [f"{one.score:.3g}\nimage {one.image_index}" for one in found]
    return side_by_side(panels, titles, columns)


def _batches(model, images, size) -> Iterator[tuple[int, np.ndarray]]:
    """Images of one size that follow each other, with the number of the first."""
    if getattr(images, "ndim", 4) != 4:
        raise ArgumentError(
            "images must be several: a sequence of images, or an array (number, "
            f"height, width, channels). Received: an array of shape {images.shape}"
        )
    batch: list[np.ndarray] = []
    first = 0
    for index, image in enumerate(images):
        shape = model.inputs[0].shape
        image = image_as_array(image, shape, f"images[{index}]")
        if batch and (len(batch) == size or image.shape != batch[0].shape):
            yield first, np.stack(batch)
            batch, first = [], index
        batch.append(image)
    if batch:
        yield first, np.stack(batch)


def _maps_of_unit(route, batch, unit) -> np.ndarray:
    """What the unit puts out, `(batch, rows, columns)`."""
    output = layer_outputs(route, batch)
    if output.ndim == 2:
        output = output[:, None, None]  # one cell that has seen all
    if output.ndim != 4:
        raise ArgumentError(
            f"Layer '{route.path}' puts out neither maps nor a vector. "
            f"Received: {output.shape[1:]}"
        )
    if not 0 <= unit < output.shape[-1]:
        raise ArgumentError(
            f"Layer '{route.path}' has units 0 to {output.shape[-1] - 1}. "
            f"Received: unit={unit}"
        )
    return output[..., unit]


def _strongest(scores, index, count):
    """The strongest cells of one image, each with what it is ranked by."""
    order = np.argsort(-scores, axis=None, kind="stable")[:count]
    for row, col in np.stack(np.unravel_index(order, scores.shape), axis=-1).tolist():
        yield (float(scores[row, col]), -index, -row, -col), (row, col)


def _cut(image, index, cell, rank, field) -> ExcitingInput:
    top, left, bottom, right = box = field.box(*cell)
    rows, above, below = _inside(top, bottom, image.shape[0])
    columns, before, behind = _inside(left, right, image.shape[1])
    crop = image[rows, columns].copy()  # a view would keep the whole image
    return ExcitingInput(
        rank[0], index, cell, box, crop, (above, before, below, behind)
    )


def _inside(start, end, length):
    """The pixels of a box along one axis, and how many it has before and behind."""
    start, end = math.floor(start), math.ceil(end)
    first, last = np.clip((start, end), 0, length).tolist()
    before = min(max(-start, 0), end - start)
    return slice(first, last), before, end - start - before - (last - first)


def _as_float(crop):
    return crop / np.float32(255) if crop.dtype == np.uint8 else crop.astype(np.float32)


def _pads(margin):
    top, left, bottom, right = margin
    return (top, bottom), (left, right), (0, 0)
