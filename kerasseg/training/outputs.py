"""Masks brought to what a net gives: as many, and of its size."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from kerasseg.errors import ArgumentError, GeometryError
from kerasseg.graph import flatten_model
from kerasseg.training.batches import Batches, MappedBatches

_MORE = 960  # pixels: a multiple of nearly every stride


def fit_to_outputs(model: keras.Model, batches: Batches) -> Batches:
    """Crops and repeats the masks so that each output of the net has one of its size.

    The paper's U-Net scores the centre of its tile; nets with auxiliary heads have
    several outputs. Where the net gives scores of the size of the masks, once, the
    batches stay as they are.

    Args:
        model: A net from images to one or several maps of scores. One without weights
            is built for these images.
        batches: Images, masks and perhaps weights, `(B, H, W)`; weights of whole
            images, `(B,)`, stay as they are.

    Returns:
        The batches themselves, or changed ones.

    Raises:
        ArgumentError: The net is for images of other channels; an output is larger than
            the masks, or smaller because it has a score for several pixels; or the
            net cannot be built.
    """
    spec = batches.epoch(0).element_spec
    if not isinstance(spec, tuple) or len(spec) < 2:
        raise ArgumentError(
            "Training needs batches of (images, masks) or (images, masks, weights). "
            f"Received: {spec}"
        )
    images, masks, *_ = spec
    # Of another form, the data are the user's own, and fit as they are.
    if not isinstance(images, tf.TensorSpec) or not isinstance(masks, tf.TensorSpec):
        return batches
    if isinstance(model, keras.Sequential) and not model.built:
        model.build((None, *images.shape[1:]))  # by a call, for so many images alone
    margins = _margins(model, batches)
    count = len(margins)
    if count == 1 and not any(margins[0]):
        return batches

    def adapt(images: Any, masks: Any, *weights: Any) -> tuple:
        maps = [
            [_crop(values, margin) for margin in margins]
            for values in (masks, *weights)
        ]
        return images, *(m[0] if count == 1 else tuple(m) for m in maps)

    return MappedBatches(batches, adapt)


def _margins(model, batches) -> list[tuple[int, int]]:
    """Rows and columns that each output lacks at either side."""
    images, masks = _shapes(batches)
    _check_channels(model, images)
    outputs = _output_shapes(model, images)
    if len(images) != 4 or len(masks) < 3:
        return [(0, 0)] * len(outputs)
    margins = []
    for index, shape in enumerate(outputs):
        if len(shape) < 3 or shape[1:3] == masks[1:3]:
            margins.append((0, 0))  # no map, or masks that fit
            continue
        missing = [n - m for n, m in zip(masks[1:3], shape[1:3], strict=True)]
        _check_missing(model, shape, images, masks, missing)
        _check_dense(model, index, shape, images)
        margins.append((missing[0] // 2, missing[1] // 2))
    return margins


def _shapes(batches) -> tuple[tuple, tuple]:
    """Of an image and its mask, as in the first batch where the data do not tell."""
    images, masks, *_ = batches.epoch(0).element_spec
    shapes = [images.shape, masks.shape]
    if any(shape.rank is None or None in shape[1:] for shape in shapes):
        images, masks, *_ = next(iter(batches.epoch(0)))
    return (1, *images.shape[1:]), (1, *masks.shape[1:])


def _check_channels(model, images):
    """Refuses what Keras lets pass here, and not in the first step."""
    inputs = keras.tree.flatten(getattr(model, "inputs", None) or [])
    if len(images) != 4 or len(inputs) != 1 or len(inputs[0].shape) != 4:
        return
    wanted = inputs[0].shape[-1]
    if wanted not in (None, images[-1]):
        raise ArgumentError(
            f"The net takes images of H×W×{wanted}, and the data have "
            f"H×W×{images[-1]}. Received: model='{model.name}'"
        )


def _output_shapes(model, images) -> list[tuple]:
    if len(images) != 4 and getattr(model, "outputs", None):
        return [output.shape for output in model.outputs]
    return [output.shape for output in keras.tree.flatten(_traced(model, images))]


def _traced(model, shape):
    inputs = getattr(model, "inputs", None)  # which code and unbuilt models lack
    dtype = keras.tree.flatten(inputs)[0].dtype if inputs else "float32"
    return model(keras.KerasTensor(shape, dtype))


def _check_missing(model, shape, images, masks, missing):
    if min(missing) < 0 or any(n % 2 for n in missing) or masks[1:3] != images[1:3]:
        raise ArgumentError(
            f"The net gives {shape[1]}×{shape[2]} scores for {images[1]}×{images[2]} "
            f"pixels, and masks of {masks[1]}×{masks[2]} cannot be cropped evenly. "
            f"Received: model='{model.name}'"
        )


def _check_dense(model, index, shape, images):
    """Refuses a smaller map that is no centre: one with a score for several pixels."""
    grown = _grown(model, index, images)
    for axis in (1, 2):
        if grown is None:  # the net takes this size alone
            stride = images[axis] / shape[axis]
            is_dense = stride == 1 or stride % 1 != 0
        else:
            gained = grown[axis] - shape[axis]
            stride = _MORE / gained if gained > 0 else None
            is_dense = stride is not None and 0.75 < stride < 1.25
        if not is_dense:
            distance = f"every {stride:.3g} pixels" if stride else "any size of image"
            raise ArgumentError(
                f"The net gives {shape[1]}×{shape[2]} scores for {images[1]}×"
                f"{images[2]} pixels, one for {distance}; a mask has a class for each "
                "pixel. End the net with a layer that enlarges its map, such as "
                "kerasseg.layers.Resize2D, or give masks of the size of the scores. "
                f"Received: model='{model.name}'"
            )


def _grown(model, index, images):
    """The shape of an output for a larger image, even where the input has one size."""
    batch, height, width, channels = images
    larger = height + _MORE, width + _MORE
    # PyTorch tells by a RuntimeError that code takes no images of this size.
    unfit = ArgumentError, GeometryError, ValueError, TypeError, RuntimeError
    try:
        shape = flatten_model(model, larger).flat_outputs[index].shape
    except unfit:  # code, say, which Keras can still try out
        try:
            found = _traced(model, (batch, *larger, channels))
            shape = keras.tree.flatten(found)[index].shape
        except unfit:
            return None
    return None if None in shape[1:3] else shape


def _crop(values, margin):
    if values is None or values.shape.rank < 3:  # one weight an image
        return values
    y, x = margin
    return values[:, y : -y or None, x : -x or None]  # (B, h, w)
