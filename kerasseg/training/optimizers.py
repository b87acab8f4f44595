"""Optimizers by name, those of the papers among them."""

from __future__ import annotations

import math
from typing import Any

import keras
from keras.optimizers.schedules import LearningRateSchedule

from kerasseg.errors import ArgumentError, did_you_mean

# Learning rate, and what else the papers say. Their weight decay went through the
# momentum; that of Keras does not, so it acts a little less at the start.
PAPERS = {
    # The authors' rate of 1e-10 is for a loss summed over 500×500 pixels.
    "fcn": (2.5e-5, {"momentum": 0.99, "weight_decay": 5e-4}),
    # The paper gives no rate.
    "unet": (1e-3, {"momentum": 0.99}),
    "deconvnet": (0.01, {"momentum": 0.9, "weight_decay": 5e-4}),
    "segnet": (0.1, {"momentum": 0.9, "weight_decay": 5e-4}),
    "pspnet": (0.01, {"momentum": 0.9, "weight_decay": 1e-4}),
}
_PLAIN = {
    "sgd": (0.01, {"momentum": 0.9}),
    "adam": (1e-3, {}),
    "adamw": (1e-3, {"weight_decay": 4e-3}),
    "rmsprop": (1e-3, {}),
    "lion": (1e-4, {}),
}
OPTIMIZERS = (*_PLAIN, *PAPERS)
_RANGES = {
    "learning_rate": ("above 0", lambda value: 0 < value < math.inf),
    "momentum": ("from 0 to below 1", lambda value: 0 <= value < 1),
    "weight_decay": ("at least 0", lambda value: 0 <= value < math.inf),
    "clip_norm": ("above 0", lambda value: 0 < value < math.inf),
    "ema": ("above 0 and below 1", lambda value: 0 < value < 1),
}


def default_learning_rate(name: str) -> float:
    """The rate that an optimizer starts from where none is given."""
    return _settings(name)[0]


def optimizer(
    name: str,
    learning_rate: float | LearningRateSchedule | None = None,
    *,
    momentum: float | None = None,
    weight_decay: float | None = None,
    clip_norm: float | None = None,
    ema: float | None = None,
) -> keras.optimizers.Optimizer:
    """Builds an optimizer by name.

    The names of `PAPERS` are stochastic gradient descent as the authors of that net
    used it: `"unet"` and `"fcn"` have the momentum 0.99 for batches of one image.

    Args:
        name: One of `OPTIMIZERS`.
        learning_rate: A number above 0 or a schedule; by default the paper's.
        momentum: Of stochastic gradient descent, from 0 to below 1; by default the
            paper's.
        weight_decay: Share of the weights taken off in each step, times the rate, from
            0. Biases and normalisations lose none.
        clip_norm: The length to which the gradient of all weights together is cut,
            above 0.
        ema: Momentum of an exponential moving average of the weights, above 0 and below
            1, such as 0.999. It takes the place of the weights when the training ends.

    Returns:
        A Keras optimizer.

    Raises:
        ArgumentError: The name is not known, the momentum does not go with it, or a
            number is none of those above.

    Example:

    >>> optimizer("unet").momentum
    0.99
    """
    default, options = _settings(name)
    _check(
        learning_rate=learning_rate,
        momentum=momentum,
        weight_decay=weight_decay,
        clip_norm=clip_norm,
        ema=ema,
    )
    is_sgd = name in PAPERS or name == "sgd"
    kind = keras.optimizers.SGD if is_sgd else type(keras.optimizers.get(name))
    options = dict(options)
    if momentum is not None:
        if not is_sgd:
            raise ArgumentError(
                f"momentum goes with stochastic gradient descent, not with {name}. "
                f"Received: momentum={momentum}"
            )
        options["momentum"] = momentum
    if weight_decay is not None:
        options["weight_decay"] = float(weight_decay)  # AdamW takes no None
    built = kind(
        default if learning_rate is None else learning_rate,
        global_clipnorm=clip_norm,
        **_averaging(ema),
        **options,
    )
    if built.weight_decay:
        built.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return built


def _averaging(ema: float | None) -> dict[str, Any]:
    return {} if ema is None else {"use_ema": True, "ema_momentum": ema}


def _check(**numbers: float | LearningRateSchedule | None) -> None:
    for name, value in numbers.items():
        what, holds = _RANGES[name]
        if value is not None and not callable(value) and not holds(value):
            raise ArgumentError(f"{name} must be {what}. Received: {name}={value!r}")


def _settings(name):
    known = {**_PLAIN, **PAPERS}
    if name not in known:
        raise ArgumentError(
            f"optimizer must be one of {', '.join(known)}."
            f"{did_you_mean(name, known)} Received: optimizer={name!r}"
        )
    return known[name]
