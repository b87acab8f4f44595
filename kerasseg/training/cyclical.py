"""A learning rate that rises and falls again and again."""

from __future__ import annotations

import keras
from keras import ops

from kerasseg.errors import ArgumentError

SHAPES = ("triangular", "triangular2", "exponential")


@keras.saving.register_keras_serializable(package="kerasseg")
class CyclicalLearningRate(keras.optimizers.schedules.LearningRateSchedule):
    """Rises from one rate to another and falls back, in straight lines.

    The three policies of
    [Smith, 2017](https://arxiv.org/abs/1506.01186), which TensorFlow Addons had as
    `TriangularCyclicalLearningRate`, `Triangular2CyclicalLearningRate` and
    `ExponentialCyclicalLearningRate`.

    Args:
        initial_learning_rate: The rate at both ends of a cycle.
        maximal_learning_rate: The rate in its middle.
        step_size: Steps from an end to the middle: half a cycle.
        shape: `"triangular"`: all cycles are alike. `"triangular2"`: each rises half as
            high as the one before. `"exponential"`: the height falls by `gamma` a step.
        gamma: For `"exponential"`, above 0 and at most 1.
        name: A name for the schedule.

    Raises:
        ArgumentError: An argument is outside its range.

    Example:

    >>> schedule = CyclicalLearningRate(0.1, 0.5, step_size=2)
    >>> [round(float(schedule(step)), 2) for step in range(6)]
    [0.1, 0.3, 0.5, 0.3, 0.1, 0.3]
    """

    def __init__(
        self,
        initial_learning_rate: float,
        maximal_learning_rate: float,
        step_size: int,
        shape: str = "triangular",
        gamma: float = 1.0,
        name: str = "CyclicalLearningRate",
    ):
        if shape not in SHAPES:
            raise ArgumentError(f"shape must be one of {SHAPES}. Received: {shape=}")
        if step_size < 1:
            raise ArgumentError(f"step_size must be at least 1. Received: {step_size=}")
        if not 0 < gamma <= 1:
            raise ArgumentError(f"gamma must be in (0, 1]. Received: {gamma=}")
        self.initial_learning_rate = initial_learning_rate
        self.maximal_learning_rate = maximal_learning_rate
        self.step_size = step_size
        self.shape = shape
        self.gamma = gamma
        self.name = name

    def __call__(self, step):
        step = ops.cast(step, "float32")
        cycle = ops.floor(step / (2 * self.step_size))  # from 0
        from_middle = ops.absolute(step / self.step_size - 2 * cycle - 1)
        height = self.maximal_learning_rate - self.initial_learning_rate
        rise = height * (1 - from_middle)
        if self.shape == "triangular2":
            rise = rise / 2**cycle
        elif self.shape == "exponential":
            rise = rise * self.gamma**step
        return self.initial_learning_rate + rise

    def get_config(self):
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "maximal_learning_rate": self.maximal_learning_rate,
            "step_size": self.step_size,
            "shape": self.shape,
            "gamma": self.gamma,
            "name": self.name,
        }
