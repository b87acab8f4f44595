"""The few samples of a validation that are drawn after every epoch."""

from __future__ import annotations

from typing import NamedTuple

import keras
import numpy as np

from kerasseg.data import Pipeline
from kerasseg.training.batches import Batches, MappedBatches

_COUNT = 4


class ShownSamples(NamedTuple):
    """Samples to draw.

    Attributes:
        images: `(n, height, width, channels)`, as the net takes them.
        masks: `(n, h, w)` of the first output; or whatever else the data hold.
        names: Of the samples, or `None` where the data do not know them.
        class_names: Or `None`.
    """

    images: np.ndarray
    masks: np.ndarray
    names: list[str] | None
    class_names: list[str] | None


def shown_samples(held_out: Batches) -> ShownSamples:
    """Samples from all over the data: neighbours are often frames of one film."""
    count = held_out.steps_per_epoch
    steps = sorted({index * count // _COUNT for index in range(_COUNT)})
    share = -(-_COUNT // len(steps))
    found = []
    for step in steps:
        images, masks, *_ = next(iter(held_out.epoch(0, step)))
        masks = np.asarray(keras.tree.flatten(masks)[0])[:share]
        images = np.asarray(images)[:share]
        found.append((images, masks, _names(held_out, step, len(images))))
    size = found[0][0].shape[1:]
    alike = [some for some in found if some[0].shape[1:] == size]
    images, masks, names = (np.concatenate(parts) for parts in zip(*alike, strict=True))
    dataset = getattr(_origin(held_out), "dataset", None)
    class_names = getattr(dataset, "names", None)
    return ShownSamples(
        images,
        masks,
        None if None in names else names.tolist(),
        None if class_names is None else list(class_names),
    )


def _names(held_out, step, count):
    origin = _origin(held_out)
    # Batches of another kind may hold a data set, and go through it in any order.
    is_known = isinstance(origin, Pipeline) and hasattr(origin.dataset, "sample_names")
    if not is_known:
        return np.full(count, None)
    return np.array(origin.sample_names(0, step)[:count], object)


def _origin(batches):
    while isinstance(batches, MappedBatches):
        batches = batches.origin
    return batches
