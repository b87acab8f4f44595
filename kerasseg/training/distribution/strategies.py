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
        devices: How many to use, at least 1; by default all GPUs, or 1 CPU. Not for
            `"multi_worker"`, which uses all GPUs of each machine.
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
    if devices is not None and (not _is_whole(devices) or devices < 1):
        raise ArgumentError(
            "devices must be a whole number of at least 1. "
            f"Received: devices={devices!r}"
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
    if devices is not None:
        raise ArgumentError(
            "The strategy multi_worker uses all GPUs of each machine, or its CPU; hide "
            "the others with the variable CUDA_VISIBLE_DEVICES, such as 0,1. "
            f"Received: devices={devices}"
        )
    return tensorflow_strategies.multi_worker(synchronize)


def as_strategy(strategy: Strategy | str | None) -> Strategy:
    """A strategy, made if only its name is given."""
    if isinstance(strategy, Strategy):
        return strategy
    return make_strategy(strategy or "none")


def _is_whole(number):
    return isinstance(number, int) and not isinstance(number, bool)


def _check_backend(name):
    wanted = "jax" if name == "data_parallel" else "tensorflow"
    backend = keras.backend.backend()
    if backend != wanted:
        raise ArgumentError(
            f"The strategy {name} needs the backend {wanted}; mirrored and "
            "multi_worker are TensorFlow's, data_parallel is JAX's, and under PyTorch "
            f"Keras has none. Received: backend={backend!r}"
        )
