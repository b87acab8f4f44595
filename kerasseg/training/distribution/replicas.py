"""Strategies of TensorFlow: all devices of a machine, or of several machines."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kerasseg.errors import FileError
from kerasseg.training.batches import Batches
from kerasseg.training.distribution.loop import run_epochs
from kerasseg.training.distribution.lost_worker import WorkerLostError
from kerasseg.training.distribution.placement import collect_model, place_model
from kerasseg.training.distribution.records import Records
from kerasseg.training.distribution.shared_checkpoint import SharedCheckpoint
from kerasseg.training.distribution.sharing import share_batches
from kerasseg.training.distribution.steps import Steps
from kerasseg.training.distribution.strategy import Strategy
from kerasseg.training.position import Position
from kerasseg.training.resumable_checkpoint import ResumableCheckpoint


class Replicas(Strategy):
    """A `tf.distribute` strategy with one copy of the net a device.

    Stock `model.fit` fails on several machines, and trains another net than one device
    where a loss is no mean over images; so the steps are our own, and the callbacks are
    called as Keras calls them. Nets with a `train_step` of their own are refused.

    Args:
        name: As `make_strategy` takes it.
        strategy: Of TensorFlow: mirrored, or mirrored on several workers.
        index: Of this worker.
        workers: How many there are.
        synchronize: Whether BatchNormalization sees the batch of all replicas.
    """

    def __init__(
        self,
        name: str,
        strategy: tf.distribute.Strategy,
        index: int = 0,
        workers: int = 1,
        synchronize: bool = True,
    ):
        self.name = name
        self.strategy = strategy
        self.index = index
        self.workers = workers
        self.replicas = strategy.num_replicas_in_sync
        self.synchronize = synchronize

    def wait(self) -> None:
        self.sum([0.0])

    def sum(self, values: Sequence[float] | np.ndarray) -> np.ndarray:
        """The sums of an array over all workers, float64.

        Raises:
            WorkerLostError: A worker has ended.
        """
        values = np.asarray(values, np.float64)
        if self.workers == 1:
            return values
        zeros = np.zeros_like(values)  # of all replicas here but the first
        first = self.replicas // self.workers * self.index

        def part(context):
            own = context.replica_id_in_sync_group == first
            return tf.constant(values if own else zeros)

        with self.workers_alive():
            spread = self.strategy.experimental_distribute_values_from_function(part)
            found = _sum_of_replicas(self.strategy, spread)
            return self.strategy.experimental_local_results(found)[0].numpy()

    def place(self, model: keras.Model) -> keras.Model:
        placed = place_model(model, self.strategy.scope(), synchronize=self.synchronize)
        self._begin_alike([*placed.variables, *placed.optimizer.variables])
        return placed

    def share(self, batches: Batches, *, training: bool) -> Batches:
        return share_batches(
            batches, self.index, self.workers, self.replicas, training=training
        )

    def callbacks(
        self,
        model: keras.Model,
        own: Sequence[keras.callbacks.Callback],
        records: Sequence[keras.callbacks.Callback],
    ) -> list[keras.callbacks.Callback]:
        return [*own, Records(model, records)] if self.is_chief else list(own)

    def checkpoint(self, *arguments: Any, **options: Any) -> ResumableCheckpoint:
        return SharedCheckpoint(
            *arguments, writes=self.is_chief, wait=self.wait, **options
        )

    def check_start(self, start: Position, folder: Path) -> None:
        mine = np.array([start.epoch, start.step, start.repeated, start.finished])
        if self.any((mine != self.chiefs(mine)).any()):
            raise FileError(
                folder,
                f"the workers do not all see the same checkpoints: worker {self.index} "
                f"is at {start}; the folder of the run must be shared by all machines",
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
        shared = [c for c in callbacks if isinstance(c, SharedCheckpoint)]
        with self.workers_alive():
            run_epochs(
                self,
                Steps(model, self.strategy),
                batches,
                held_out,
                start,
                epochs,
                callbacks,
                verbose if self.is_chief else 0,
                shared[0] if shared else None,
            )
            self.wait()  # nobody leaves before the chief has written everything
        return model.history

    def collect(self, placed: keras.Model, model: keras.Model) -> None:
        collect_model(placed, model)

    def spread(self, make: Callable[[int], Any]) -> Any:
        """Gives each device here what `make` returns for its number."""
        numbers = iter(range(self.strategy.num_replicas_in_sync))
        return self.strategy.experimental_distribute_values_from_function(
            lambda context: make(next(numbers))
        )

    @property
    def devices(self) -> int:
        """How many devices this worker has."""
        return self.replicas // self.workers

    @contextmanager
    def workers_alive(self) -> Iterator[None]:
        """Says what it means when an exchange between workers fails."""
        try:
            yield
        except tf.errors.OpError as error:
            if self.workers == 1 or not _is_of_exchange(error):
                raise
            raise WorkerLostError(self.index, self.workers, error) from error

    def _begin_alike(self, variables):
        """Gives every worker the weights of the chief, in one message."""
        if self.workers == 1:
            return
        arrays = [keras.ops.convert_to_numpy(variable) for variable in variables]
        flat = [np.asarray(array, np.float64).ravel() for array in arrays]
        chiefs = np.concatenate(flat)
        if not self.is_chief:
            chiefs = np.zeros_like(chiefs)
        ends = np.cumsum([len(part) for part in flat])[:-1]
        parts = np.split(self.sum(chiefs), ends)
        for variable, array, part in zip(variables, arrays, parts, strict=True):
            variable.assign(part.reshape(array.shape).astype(array.dtype))


@tf.function(reduce_retracing=True)
def _sum_of_replicas(strategy, values):
    def replica(value):
        context = tf.distribute.get_replica_context()
        return context.all_reduce(tf.distribute.ReduceOp.SUM, tf.identity(value))

    return strategy.run(replica, args=(values,))


def _is_of_exchange(error):
    """Whether an error may come from another worker rather than from this one."""
    kinds = (
        tf.errors.UnavailableError,
        tf.errors.AbortedError,
        tf.errors.CancelledError,
        tf.errors.DeadlineExceededError,
        tf.errors.InternalError,
    )
    return isinstance(error, kinds) or "ollective" in str(error)
