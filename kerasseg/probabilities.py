"""Whether a model's scores are probabilities, or logits yet to be squashed.

The last operation alone does not tell: dropout, a cropping or an enlargement may stand
behind the activation, the mean with another head, and a whole model around it.
"""

from __future__ import annotations

import warnings

import keras

from kerasseg.errors import KerasSegWarning
from kerasseg.score_ranges import ScoreRanges

_ROUNDING = 1e-6


def gives_probabilities(model: keras.Model) -> bool:
    """Whether the first output of a model is that of a sigmoid or a softmax.

    What may stand behind these is what is known to leave numbers in 0…1. Where anything
    else does, layers that Keras does not know among them, the scores are taken for
    logits, with a warning that says so. What layers with weights give are logits.
    """
    ranges = ScoreRanges()
    found = ranges.of_model(model)
    if found is None:
        return False
    if found[0] >= -_ROUNDING and found[1] <= 1 + _ROUNDING:
        return True
    last = ranges.unknown
    by = f" by '{last.name}' ({type(last).__name__})" if last is not None else ""
    warnings.warn(
        f"Model '{model.name}': its scores are computed from probabilities{by} and may "
        "lie outside 0…1; they are taken for logits. If they are probabilities, say so "
        "with keras.Model(model.inputs, keras.ops.clip(model.outputs[0], 0, 1)).",
        KerasSegWarning,
        stacklevel=2,
    )
    return False
