"""TensorFlow's strategies on the devices of one machine, and of several."""

from __future__ import annotations

import json
import os

import tensorflow as tf

from kerasseg.errors import ArgumentError
from kerasseg.training.distribution.replicas import Replicas


def mirrored(devices: int | None, synchronize: bool) -> Replicas:
    """All devices of this machine; see `make_strategy`."""
    strategy = tf.distribute.MirroredStrategy(_device_names(devices))
    return Replicas("mirrored", strategy, synchronize=synchronize)


def multi_worker(synchronize: bool) -> Replicas:
    """The machines of `TF_CONFIG`; see `make_strategy`."""
    index, workers = _place_in_cluster()
    try:
        strategy = tf.distribute.MultiWorkerMirroredStrategy()
    except RuntimeError as error:
        raise ArgumentError(
            "The strategy multi_worker must be made before TensorFlow computes "
            "anything, weights of a net included: call make_strategy first, and pass "
            f"what it returns. Received: strategy='multi_worker' ({error})"
        ) from error
    return Replicas("multi_worker", strategy, index, workers, synchronize)


def _place_in_cluster() -> tuple[int, int]:
    """Which worker this is, and of how many."""
    text = os.environ.get("TF_CONFIG")
    if not text:
        return 0, 1
    try:
        config = json.loads(text)
        workers = len(config["cluster"]["worker"])
        kind, index = config["task"]["type"], int(config["task"]["index"])
    except (KeyError, TypeError, ValueError) as error:
        raise ArgumentError(
            "TF_CONFIG must be JSON with the addresses of all workers and the place of "
            'this one: {"cluster": {"worker": ["a:2222", "b:2222"]}, "task": {"type": '
            f'"worker", "index": 0}}}}. Received: {text}'
        ) from error
    if kind != "worker" or not 0 <= index < workers:
        raise ArgumentError(
            f"TF_CONFIG must name one of its {workers} workers as its task, the first "
            f"of which is the chief. Received: {text}"
        )
    return index, workers


def _device_names(devices: int | None) -> list[str] | None:
    gpus = tf.config.list_physical_devices("GPU")
    if gpus:
        if devices is not None and devices > len(gpus):
            raise ArgumentError(
                f"There are {len(gpus)} GPUs. Received: devices={devices}"
            )
        return None if devices is None else [f"GPU:{i}" for i in range(devices)]
    devices = devices or 1
    (cpu,) = tf.config.list_physical_devices("CPU")
    try:
        tf.config.set_logical_device_configuration(
            cpu, [tf.config.LogicalDeviceConfiguration()] * devices
        )
    except RuntimeError as error:
        known = len(tf.config.list_logical_devices("CPU"))
        if known < devices:
            raise ArgumentError(
                f"TensorFlow has begun with {known} CPU; make the strategy before it "
                f"computes anything. Received: devices={devices}"
            ) from error
    return [f"CPU:{i}" for i in range(devices)]
