"""Inputs of two sizes that a model accepts, to try its exported file on."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

import keras
import numpy as np

from kerasseg.errors import ArgumentError
from kerasseg.exporters.settings import as_call

# Neither square nor multiples of one another, from what digits to what VGG16 needs.
SIZES = (
    *((32, 32), (40, 36), (64, 64), (72, 80), (96, 96), (100, 132), (128, 128)),
    *((160, 192), (224, 224), (256, 240), (320, 352), (416, 384), (572, 572)),
)


def trial_sizes(
    model: keras.Model, sizes: Sequence[tuple[int, int]] | None = None
) -> list[tuple[int, int]]:
    """Heights and widths to try a model at.

    Args:
        model: The model.
        sizes: Those that the user wants; by default the two smallest of a list that the
            model takes. A model of a fixed size has but that one.

    Raises:
        ArgumentError: The model does not take the sizes.
    """
    if not any(None in tensor.shape[1:] for tensor in model.inputs):
        return [(0, 0)]  # nothing is open
    if sizes is None:
        accepted = list(islice((size for size in SIZES if takes(model, size)), 2))
        if not accepted:
            raise ArgumentError(
                f"sizes must be given for the model '{model.name}', which takes none "
                "of those that are tried. Received: sizes=None"
            )
        return accepted
    for size in sizes:
        if not takes(model, size):
            raise ArgumentError(
                f"sizes must suit the model '{model.name}', which does not take "
                f"images of {size[0]}×{size[1]} pixels. Received: sizes={sizes}"
            )
    return list(sizes)


def random_inputs(
    model: keras.Model, size: tuple[int, int], seed: int
) -> dict[str, np.ndarray]:
    """A batch of one of random numbers in 0…1, by the names of the model's inputs."""
    random = np.random.default_rng(seed)
    batch = {}
    for tensor in model.inputs:
        shape = _shape(tensor, size)
        if np.issubdtype(np.dtype(tensor.dtype), np.floating):
            batch[tensor.name] = random.random(shape).astype(tensor.dtype)
        else:
            batch[tensor.name] = random.integers(0, 2, shape).astype(tensor.dtype)
    return batch


def takes(model: keras.Model, size: tuple[int, int]) -> bool:
    """Whether the model turns images of this size into something that is not empty."""
    inputs = [
        keras.KerasTensor(_shape(tensor, size), tensor.dtype) for tensor in model.inputs
    ]
    try:
        outputs = model(as_call(inputs))
    except Exception:  # layers refuse sizes in errors of every class
        return False
    shapes = [tensor.shape for tensor in keras.tree.flatten(outputs)]
    return all(n is None or n > 0 for shape in shapes for n in shape)


def _shape(tensor, size) -> tuple[int, ...]:
    """One image, or vector, of that shape with what is open filled in."""
    open_sizes = iter(size)
    rest = [next(open_sizes, 8) if n is None else n for n in tensor.shape[1:]]
    return (tensor.shape[0] or 1, *rest)
