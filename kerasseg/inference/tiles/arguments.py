"""The arguments of `predict_tiled`, looked at before any work is done."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from kerasseg.errors import ArgumentError
from kerasseg.inference.tiles.borders import PADDING_MODES


def check_model(model: keras.Model) -> None:
    """Refuses what does not make one map of one image."""
    inputs, outputs = model.inputs, model.outputs
    if not inputs or len(inputs) != 1 or len(outputs) != 1:
        raise ArgumentError(
            f"Model '{model.name}' must have one input and one output; of several, "
            "keras.Model(model.input, model.outputs[0]) keeps the first. Received: "
            f"{len(inputs or ())} inputs and {len(outputs or ())} outputs"
        )
    if len(inputs[0].shape) != 4:
        raise ArgumentError(
            f"Model '{model.name}' must take images (batch, height, width, channels). "
            f"Received: input of shape {tuple(inputs[0].shape)}"
        )


def check_image(image: Any) -> Any:
    """The image itself if it has a shape, or as an array."""
    if not hasattr(image, "shape"):
        image = np.asarray(image)
    shape = tuple(image.shape)
    if len(shape) not in (2, 3) or 0 in shape:
        raise ArgumentError(
            "image must be one image of shape (height, width, channels). "
            f"Received: image of shape {shape}"
        )
    return image


def check_options(
    blend: str, padding_mode: str | None, output: str, batch_size: int
) -> None:
    """Refuses words and numbers that mean nothing."""
    choices = {
        "blend": (blend, ("crop", "gaussian", "mean")),
        "padding_mode": (padding_mode, (*PADDING_MODES, "model", None)),
        "output": (output, ("scores", "labels")),
    }
    for name, (value, known) in choices.items():
        if value not in known:
            raise ArgumentError(
                f"{name} must be one of {known}. Received: {name}={value!r}"
            )
    if not isinstance(batch_size, int) or batch_size < 1:
        raise ArgumentError(
            "batch_size must be an integer of at least 1. "
            f"Received: batch_size={batch_size!r}"
        )


def check_out(out: Any, shape: tuple[int, ...], classes: int, output: str) -> None:
    """Refuses an array that cannot hold the result."""
    if tuple(getattr(out, "shape", ())) != shape:
        raise ArgumentError(
            f"out must have the shape {shape}. "
            f"Received: out of shape {tuple(getattr(out, 'shape', ()))}"
        )
    dtype = np.dtype(out.dtype)
    holds = dtype.kind == "f" if output == "scores" else dtype.kind in "iu"
    if output == "labels" and holds:
        holds = np.iinfo(dtype).max >= max(classes, 2) - 1
    if not holds:
        raise ArgumentError(
            f"out cannot hold {output} of {classes} classes. "
            f"Received: out of dtype {dtype}"
        )


def pair(value: Any, name: str, least: int) -> tuple[int, int]:
    """One integer or two, as two."""
    both = tuple(value) if isinstance(value, (tuple, list)) else (value, value)
    is_whole = all(isinstance(n, (int, np.integer)) for n in both)
    if len(both) != 2 or not is_whole or min(both) < least:
        raise ArgumentError(
            f"{name} must be an integer of at least {least}, or two (y, x). "
            f"Received: {name}={value!r}"
        )
    return int(both[0]), int(both[1])
