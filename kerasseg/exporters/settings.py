"""What a writer of one format needs to know beside the model."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

Runner = Callable[[dict[str, np.ndarray]], list[np.ndarray]]
"""Inputs by the names of the model's own, to its outputs in their order."""


@dataclass(frozen=True)
class Settings:
    """The options of `kerasseg.export`, as they reach a writer."""

    preprocess: str = "none"
    class_names: tuple[str, ...] | None = None
    quantization: str | None = None
    representative_data: Iterable | None = None


def input_names(model: keras.Model) -> list[str]:
    """The names under which exported files take the model's inputs."""
    return [tensor.name for tensor in model.inputs]


def as_call(inputs: Sequence) -> Any:
    """What a Keras model is called with: its one input, or the list of all."""
    return inputs[0] if len(inputs) == 1 else list(inputs)
