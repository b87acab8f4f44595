"""How far an exported file's outputs are from the model's."""

from __future__ import annotations

from collections.abc import Sequence

import keras
import numpy as np
from keras import ops

from kerasseg.exporters.settings import Runner, as_call
from kerasseg.exporters.trial_inputs import random_inputs

_DRAWS = 8
_ROUNDING = 1e-6


def compare(
    model: keras.Model, run: Runner, size: tuple[int, int], tolerance: float
) -> tuple[str, float]:
    """The shapes of the inputs tried, and the largest difference there.

    A net that passes on where its maxima were jumps where two values are all but equal,
    and engines that add in another order jump there apart. Such inputs say nothing of
    the file, so others are drawn.
    """
    for seed in range(_DRAWS):
        inputs = random_inputs(model, size, seed)
        found = difference(model, run, inputs)
        if found <= tolerance or not jumps(model, inputs, tolerance):
            break
    return describe(inputs), found


def jumps(
    model: keras.Model, inputs, tolerance: float, rounding: float = _ROUNDING
) -> bool:
    """Whether changes of the size of rounding errors move the model's own outputs."""
    random = np.random.default_rng(0)
    for _ in range(4):
        changed = {
            name: (x * (1 + rounding * random.standard_normal(x.shape))).astype(x.dtype)
            for name, x in inputs.items()
        }
        if (
            difference(model, lambda _, c=changed: outputs_of(model, c), inputs)
            > tolerance
        ):
            return True
    return False


def difference(
    model: keras.Model,
    run: Runner,
    inputs: dict[str, np.ndarray],
    absolute: Sequence[bool] | None = None,
) -> float:
    """The largest difference over the largest output; infinite if the shapes differ.

    NaN if it is of any output: `max` would pass over one that stands behind a number.
    Of outputs that are `absolute` it is the difference itself.
    """
    wanted, found = outputs_of(model, inputs), run(inputs)
    if [y.shape for y in wanted] != [y.shape for y in found]:
        return float("inf")
    absolute = absolute or [False] * len(wanted)
    return float(np.max(list(map(_difference_of_one, wanted, found, absolute))))


def outputs_of(model: keras.Model, inputs: dict[str, np.ndarray]) -> list[np.ndarray]:
    """What the model itself makes of inputs, by their names, in float32."""
    outputs = keras.tree.flatten(model(as_call(list(inputs.values()))))
    return [ops.convert_to_numpy(ops.cast(y, "float32")) for y in outputs]


def _difference_of_one(wanted: np.ndarray, found: np.ndarray, absolute: bool) -> float:
    wanted, found = wanted.astype(np.float64), found.astype(np.float64)
    if not (np.isfinite(wanted).all() and np.isfinite(found).all()):
        return 0.0 if np.array_equal(wanted, found, equal_nan=True) else float("nan")
    largest = 1 if absolute else np.abs(wanted).max()
    error = np.abs(found - wanted).max()
    return float(error / largest) if largest else float(error)


def describe(inputs: dict[str, np.ndarray]) -> str:
    """The shapes of inputs, as a report shows them."""
    return ", ".join("×".join(map(str, x.shape)) for x in inputs.values())
