"""How many classes are others from an exported file than from its model."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

import keras
import numpy as np

from kerasseg.exporters.comparison import outputs_of
from kerasseg.exporters.masks import score_threshold
from kerasseg.exporters.settings import Runner

MOST_EXAMPLES = 16
"""So many tell enough, and all could take minutes."""


def share_of_changed_classes(
    model: keras.Model, run: Runner, examples: Iterable[dict[str, np.ndarray]]
) -> float | None:
    """The share over all classes of the first examples, `None` for several outputs.

    A net gives a class to each place of an example, a classifier one to each example.

    Args:
        model: The model.
        run: The file, opened.
        examples: Batches by the names of the model's inputs.
    """
    if len(model.outputs) != 1:
        return None
    is_single = model.outputs[0].shape[-1] == 1
    threshold = score_threshold(model) if is_single else None
    changes = []
    for inputs in islice(examples, MOST_EXAMPLES):
        (wanted,), (found,) = outputs_of(model, inputs), run(inputs)
        change = _classes(wanted, threshold) != _classes(found, threshold)
        changes.append(np.ravel(change))
    return float(np.concatenate(changes).mean())


def _classes(scores: np.ndarray, threshold: float | None) -> np.ndarray:
    """Of scores `(…, C)` the greatest, or whether the only one is above a threshold."""
    return scores.argmax(-1) if threshold is None else scores[..., 0] > threshold
