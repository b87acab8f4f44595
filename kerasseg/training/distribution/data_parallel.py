"""JAX's strategy: one program over all devices, of one process or several."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import jax
import keras
import numpy as np
from jax.experimental import multihost_utils

from kerasseg.errors import ArgumentError, FileError
from kerasseg.training.batches import Batches
from kerasseg.training.distribution.even_batches import (
    EvenBatches,
    check_batch_size,
    check_even,
    sizes_of,
)
from kerasseg.training.distribution.placement import collect_model, place_model
from kerasseg.training.distribution.records import Records
from kerasseg.training.distribution.shared_checkpoint import SharedCheckpoint
from kerasseg.training.distribution.sharing import share_batches
from kerasseg.training.distribution.sharing_steps import WholeBatches, share_in_steps
from kerasseg.training.distribution.strategy import Strategy
from kerasseg.training.position import Position
from kerasseg.training.resumable_checkpoint import ResumableCheckpoint

_ADDRESSES = "KERAS_DISTRIBUTION_JOB_ADDRESSES"


def data_parallel(devices: int | None) -> Strategy:
    """All devices of all processes; see `make_strategy`.

    Raises:
        ArgumentError: There are fewer devices.
    """
    if os.environ.get(_ADDRESSES) and not jax.distributed.is_initialized():
        keras.distribution.initialize()
    found = keras.distribution.list_devices()
    if devices is not None and (jax.process_count() > 1 or devices > len(found)):
        raise ArgumentError(
            f"JAX has {len(found)} devices in {jax.process_count()} processes. For "
            "more on one CPU set XLA_FLAGS=--xla_force_host_platform_device_count=2; "
            f"of several processes all are used. Received: devices={devices}"
        )
    return DataParallel(found[:devices])


class DataParallel(Strategy):
    """`keras.distribution.DataParallel`, with which stock `model.fit` works.

    The step is one program over the whole batch, whatever the devices: losses, metrics
    and BatchNormalization are those of one device. In one process, a batch that cannot
    be shared evenly, such as the last, is computed whole by every device.

    Args:
        devices: Names of the devices, as `keras.distribution.list_devices` gives them.
    """

    name = "data_parallel"

    def __init__(self, devices: Sequence[str]):
        self.replicas = len(devices)
        self.index = jax.process_index()
        self.workers = jax.process_count()
        self._is_even = True  # whether the devices can share all batches evenly
        self._distribution = keras.distribution.DataParallel(
            devices=list(devices), auto_shard_dataset=False
        )

    def wait(self) -> None:
        if self.workers > 1:
            multihost_utils.sync_global_devices("kerasseg")

    def sum(self, values: Sequence[float] | np.ndarray) -> np.ndarray:
        """The same, rounded to float32, as JAX does."""
        if self.workers == 1:
            return super().sum(values)
        everyones = multihost_utils.process_allgather(np.asarray(values, np.float32))
        return everyones.sum(0, dtype=np.float64)

    def place(self, model: keras.Model) -> keras.Model:
        if self.workers > 1:  # all begin with the weights of the chief
            for variable in model.variables:
                value = keras.ops.convert_to_numpy(variable)
                variable.assign(multihost_utils.broadcast_one_to_all(value))
        with self._distribution.scope():
            return place_model(model, nullcontext(), synchronize=False)

    def share(self, batches: Batches, *, training: bool) -> Batches:
        sizes = sizes_of(batches)
        if training:
            self._is_even = True
            check_batch_size(getattr(batches, "batch_size", 0), self.replicas)
        if self.workers == 1:
            is_known = None not in sizes
            self._is_even &= is_known and not any(n % self.replicas for n in sizes)
            return batches
        if None in sizes:
            batches = EvenBatches(batches, self.replicas)
        else:
            for images in sizes:
                check_even(images, self.replicas)
        return share_batches(
            batches, self.index, self.workers, self.replicas, training=training
        )

    def callbacks(
        self,
        model: keras.Model,
        own: Sequence[keras.callbacks.Callback],
        records: Sequence[keras.callbacks.Callback],
    ) -> list[keras.callbacks.Callback]:
        if not self.is_chief:
            return list(own)
        return [*own, Records(model, records, _one_device)]

    def checkpoint(self, *arguments: Any, **options: Any) -> ResumableCheckpoint:
        if self.workers == 1:
            return super().checkpoint(*arguments, **options)
        return SharedCheckpoint(
            *arguments, writes=self.is_chief, wait=self.wait, **options
        )

    def check_start(self, start: Position, folder: Path) -> None:
        if self.workers == 1:
            return
        places = multihost_utils.process_allgather(np.array(start, np.int64))
        if (places != places[0]).any():
            raise FileError(
                folder,
                "the processes do not all see the same checkpoints; the folder of the "
                "run must be shared by all machines",
            )

    def fit(
        self,
        model: keras.Model,
        batches: Batches,
        held_out: Batches | None,
        start: Position,
        epochs: int,
        callbacks: Sequence[keras.callbacks.Callback],
        verbose: int,
    ) -> keras.callbacks.History:
        if self.workers > 1 and isinstance(callbacks[-1], SharedCheckpoint):
            callbacks = [*callbacks[:-1], _Agreement(callbacks[-1]), callbacks[-1]]
        verbose = verbose if self.is_chief else 0
        distribution = self._distribution
        if not self._is_even:
            distribution = WholeBatches(distribution.device_mesh)
            share_in_steps(model, distribution)
        with distribution.scope():
            found = super().fit(
                *(model, batches, held_out, start, epochs, callbacks, verbose)
            )
        self.wait()  # nobody leaves before the chief has written everything
        return found

    def collect(self, placed: keras.Model, model: keras.Model) -> None:
        collect_model(placed, model)


class _Agreement(keras.callbacks.Callback):
    """Tells every process, after each step, whether one of them was sent SIGTERM."""

    def __init__(self, checkpoint):
        super().__init__()
        self._checkpoint = checkpoint

    def on_train_batch_end(self, batch, logs=None):
        heard = np.int32(self._checkpoint.hears_request)
        if multihost_utils.process_allgather(heard).any():
            self._checkpoint.end_after_this_step()


@contextmanager
def _one_device():
    """Lets the chief compute something that no other process takes part in."""
    distribution = keras.distribution.distribution()
    keras.distribution.set_distribution(None)
    try:
        yield
    finally:
        keras.distribution.set_distribution(distribution)
