"""Strategies by their names."""

from __future__ import annotations

import keras

from kerasseg.errors import ArgumentError
from kerasseg.training.distribution.strategy import Strategy

STRATEGIES = ("none", "mirrored", "multi_worker", "data_parallel")


def make_strategy(
    name: str, devices: int | None = None, *, synchronize: bool = True
) -> Strategy:
    """Makes a strategy, which must be the first thing that a program does with Keras.

    - `"none"`: one device.
    - `"mirrored"`: all GPUs of this machine; without any, so many logical CPUs.
    - `"multi_worker"`: all machines that the variable `TF_CONFIG` names, each of which
      runs this program; or one, without it.
    - `"data_parallel"`, backend JAX: all devices of this process, and of all processes
      where `KERAS_DISTRIBUTION_JOB_ADDRESSES`, `KERAS_DISTRIBUTION_NUM_PROCESSES` and
      `KERAS_DISTRIBUTION_PROCESS_ID` are set.

    Args:
        name: One of these.
        devices: How many to use; by default all GPUs, or 1 CPU.
        synchronize: Whether BatchNormalization sees the batch of all replicas. Without,
            that of its own, which is another net. Under JAX it always does.

    Raises:
        ArgumentError: There is no such strategy or no so many devices, the backend has
            another, or TensorFlow has computed something already.

    Example:

    >>> make_strategy("none").replicas
    1
    """
    if name not in STRATEGIES:
        raise ArgumentError(
            f"strategy must be one of {STRATEGIES}. Received: strategy={name!r}"
        )
    if name == "none":
        if devices not in (None, 1):
            raise ArgumentError(
                "The strategy none uses one device; use mirrored or data_parallel for "
                f"several. Received: devices={devices}"
            )
        return Strategy()
    _check_backend(name)
    if name == "data_parallel":
        from kerasseg.training.distribution.data_parallel import data_parallel

        return data_parallel(devices)
    from kerasseg.training.distribution import tensorflow_strategies

    if name == "mirrored":
        return tensorflow_strategies.mirrored(devices, synchronize)
    return tensorflow_strategies.multi_worker(devices, synchronize)


def as_strategy(strategy: Strategy | str | None) -> Strategy:
    """A strategy, made if only its name is given."""
    if isinstance(strategy, Strategy):
        return strategy
    return make_strategy(strategy or "none")


def _check_backend(name):
    wanted = "jax" if name == "data_parallel" else "tensorflow"
    backend = keras.backend.backend()
    if backend != wanted:
        raise ArgumentError(
            f"The strategy {name} needs the backend {wanted}; mirrored and "
            "multi_worker are TensorFlow's, data_parallel is JAX's, and under PyTorch "
            f"Keras has none. Received: backend={backend!r}"
        )
