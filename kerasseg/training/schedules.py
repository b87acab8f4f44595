"""Learning rates over a run, by the names that papers use."""

from __future__ import annotations

import math

import keras
from keras import ops
from keras.optimizers.schedules import (
    CosineDecay,
    LearningRateSchedule,
    PiecewiseConstantDecay,
    PolynomialDecay,
)

from kerasseg.errors import ArgumentError, did_you_mean

SCHEDULES = ("constant", "step", "polynomial", "cosine")


def learning_rate(
    schedule: str,
    base: float,
    steps: int,
    *,
    warmup_steps: int = 0,
    power: float = 0.9,
    step_factor: float = 0.1,
    step_count: int = 2,
    final: float = 0.0,
) -> float | LearningRateSchedule:
    """The learning rate of each step of a run.

    - `"constant"`: `base` throughout, as the FCNs and SegNet were trained.
    - `"step"`: multiplied by `step_factor` at `step_count` evenly spaced steps.
    - `"polynomial"`: `base * (1 - step / steps) ** power`, as for PSPNet.
    - `"cosine"`: half a cosine from `base` to `final`.

    References:

    - [Pyramid Scene Parsing Network](https://arxiv.org/abs/1612.01105), section 5
      (Zhao, Shi, Qi, Wang and Jia, 2017), for the polynomial with power 0.9
    - [SGDR](https://arxiv.org/abs/1608.03983) (Loshchilov and Hutter, 2017), for the
      cosine

    Args:
        schedule: One of `SCHEDULES`.
        base: The rate to start from, above 0.
        steps: Steps of the whole run, at least 1, the warm-up included.
        warmup_steps: Steps in which the rate rises from 0 to its value.
        power: Of the polynomial, above 0.
        step_factor: Of each step, above 0.
        step_count: How often the rate steps, at least 1.
        final: The rate at the end of the polynomial or the cosine, at least 0.

    Returns:
        `base` for a constant rate without warm-up, so that `ReduceLROnPlateau` can
        change it; else a schedule of Keras.

    Raises:
        ArgumentError: An argument has none of the values above.

    Example:

    >>> rate = learning_rate("polynomial", 0.01, 100, warmup_steps=10)
    >>> [round(float(rate(step)), 5) for step in (0, 5, 10, 100)]
    [0.0, 0.00477, 0.0091, 0.0]
    """
    _check(schedule, steps, warmup_steps)
    _check_shape(step_count, final, base=base, power=power, step_factor=step_factor)
    if schedule == "constant":
        rate = base
    elif schedule == "step":
        bounds = [steps * (i + 1) // (step_count + 1) for i in range(step_count)]
        values = [base * step_factor**i for i in range(step_count + 1)]
        rate = PiecewiseConstantDecay(bounds, values)
    elif schedule == "polynomial":
        rate = PolynomialDecay(base, steps, end_learning_rate=final, power=power)
    else:
        rate = CosineDecay(base, steps, alpha=final / base)
    return LinearWarmUp(rate, warmup_steps) if warmup_steps else rate


@keras.saving.register_keras_serializable(package="kerasseg")
class LinearWarmUp(LearningRateSchedule):
    """A schedule whose first steps are scaled from 0 up to 1.

    Args:
        rate: A number or a schedule.
        steps: How many steps to warm up.

    Example:

    >>> float(LinearWarmUp(1.0, 4)(1))
    0.25
    """

    def __init__(self, rate: float | LearningRateSchedule, steps: int):
        super().__init__()
        self.rate = rate
        self.steps = steps

    def __call__(self, step):
        rate = self.rate(step) if callable(self.rate) else self.rate
        return rate * ops.minimum(ops.cast(step, "float32") / self.steps, 1.0)

    def get_config(self):
        rate = self.rate
        if callable(rate):
            rate = keras.saving.serialize_keras_object(rate)
        return {"rate": rate, "steps": self.steps}

    @classmethod
    def from_config(cls, config):
        rate = config["rate"]
        if isinstance(rate, dict):
            rate = keras.saving.deserialize_keras_object(rate)
        return cls(rate, config["steps"])


def _check(schedule, steps, warmup_steps):
    if schedule not in SCHEDULES:
        raise ArgumentError(
            f"schedule must be one of {', '.join(SCHEDULES)}."
            f"{did_you_mean(schedule, SCHEDULES)} Received: schedule={schedule!r}"
        )
    if steps < 1 or not 0 <= warmup_steps <= steps:
        raise ArgumentError(
            "steps must be at least 1, and warmup_steps no more than that. "
            f"Received: steps={steps}, warmup_steps={warmup_steps}"
        )


def _check_shape(step_count, final, **above_0):
    for name, value in above_0.items():
        if not 0 < value < math.inf:
            raise ArgumentError(f"{name} must be above 0. Received: {name}={value!r}")
    if step_count < 1:
        raise ArgumentError(
            f"step_count must be at least 1. Received: step_count={step_count!r}"
        )
    if not 0 <= final < math.inf:
        raise ArgumentError(f"final must be at least 0. Received: final={final!r}")
