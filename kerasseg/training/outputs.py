"""Masks brought to what a net gives: as many, and of its size."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from kerasseg.errors import ArgumentError
from kerasseg.training.batches import Batches, MappedBatches


def fit_to_outputs(model: keras.Model, batches: Batches) -> Batches:
    """Crops and repeats the masks so that each output of the net has one of its size.

    The paper's U-Net scores the centre of its tile; nets with auxiliary heads have
    several outputs. Where the net gives scores of the size of the image, once, the
    batches stay as they are.

    Args:
        model: A net from images to one or several maps of scores.
        batches: Images, masks and perhaps weights, `(B, H, W)`; weights of whole
            images, `(B,)`, stay as they are.

    Returns:
        The batches themselves, or changed ones.

    Raises:
        ArgumentError: An output is larger than the masks.
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
    margins = _margins(model, batches)
    count = len(model.outputs)
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
    spec = batches.epoch(0).element_spec[0]
    if spec.shape.rank != 4:
        return [(0, 0)] * len(model.outputs)
    height, width = spec.shape[1:3]
    if height is None or width is None:
        height, width = next(iter(batches.epoch(0)))[0].shape[1:3]
    shape = (1, height, width, spec.shape[3])
    margins = []
    for output in keras.tree.flatten(_output_specs(model, shape)):
        missing = [
            n - m for n, m in zip((height, width), output.shape[1:3], strict=True)
        ]
        if min(missing) < 0 or any(n % 2 for n in missing):
            raise ArgumentError(
                f"The net gives {output.shape[1]}×{output.shape[2]} scores for "
                f"{height}×{width} pixels, which no mask can be cropped to evenly. "
                f"Received: model='{model.name}'"
            )
        margins.append((missing[0] // 2, missing[1] // 2))
    return margins


def _output_specs(model, shape):
    dtype = keras.tree.flatten(model.inputs)[0].dtype
    return model(keras.KerasTensor(shape, dtype))


def _crop(values, margin):
    if values.shape.rank < 3:  # one weight an image
        return values
    y, x = margin
    return values[:, y : -y or None, x : -x or None]  # (B, h, w)
