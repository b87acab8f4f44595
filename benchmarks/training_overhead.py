"""What `kerasseg.training.fit` costs above a bare `model.fit` of the same net and data.

    python benchmarks/training_overhead.py [--epochs N] [--steps N]

Both sides train and validate the same SegNet-Basic on the same batches, as many as
CamVid has. They take turns epoch by epoch in one process, each waiting while the other
works, so that a machine that grows slower or faster does so for both. Ours does all
that `kerasseg train` does: a checkpoint every minute, and at the end of each epoch
tables, TensorBoard's scalars and pictures, and the best net.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import threading
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf

import zoo
from kerasseg import losses, metrics, training

NOTE = """\
Seconds an epoch, means of those that count. Ratio: kerasseg.training.fit over
model.fit; quartiles: of the ratios of neighbouring epochs. The first two epochs do not
count: TensorFlow compiles there, and our records load what they draw with. Once: what
these two took longer on our side."""

_WARM_UP = 2  # epochs
_CLASSES = 11


class Batches:
    """Random images that stand in memory, so that reading them costs nothing."""

    def __init__(self, steps: int, batch: int, size: tuple[int, int]):
        random = np.random.default_rng(0)
        self.steps_per_epoch = steps
        self._images = random.random((batch, *size, 3), np.float32)
        self._masks = random.integers(0, _CLASSES, (batch, *size), np.int32)

    def epoch(self, epoch: int, start_step: int = 0) -> tf.data.Dataset:
        one = tf.data.Dataset.from_tensors((self._images, self._masks))
        return one.repeat(self.steps_per_epoch - start_step)


class Turns:
    """Lets one of two sides work at a time, the first one first."""

    def __init__(self):
        self._free = threading.Condition()
        self._working, self._done = 0, set()

    def wait(self, side: int) -> None:
        """Returns when the turn is this side's."""
        with self._free:
            self._free.wait_for(lambda: self._working == side)

    def pass_on(self, side: int, is_done: bool = False) -> None:
        """Gives the other side its turn, if there is anything left for it to do."""
        with self._free:
            if is_done:
                self._done.add(side)
            if 1 - side not in self._done:
                self._working = 1 - side
                self._free.notify_all()


class EpochTimes(keras.callbacks.Callback):
    """Seconds from one epoch to the next, waiting left out."""

    def __init__(self, turns: Turns, side: int):
        super().__init__()
        self.seconds = []
        self._turns, self._side, self._began = turns, side, None

    def on_epoch_begin(self, epoch, logs=None):
        self._count()
        if epoch:
            self._turns.pass_on(self._side)
        self._turns.wait(self._side)
        self._began = time.perf_counter()

    def on_train_end(self, logs=None):
        self._count()

    def _count(self):
        if self._began is not None:
            self.seconds.append(time.perf_counter() - self._began)


def net(filters: int) -> keras.Model:
    keras.utils.set_random_seed(0)
    model = zoo.SegNetBasic((None, None, 3), base_filters=filters)
    model.compile("sgd", losses.CrossEntropy(), metrics=[metrics.MeanIoU(_CLASSES)])
    return model


def bare(
    model: keras.Model, batches: Batches, held_out: Batches, epochs: int, times
) -> None:
    model.fit(
        batches.epoch(0).repeat(),
        steps_per_epoch=batches.steps_per_epoch,
        validation_data=held_out.epoch(0),
        epochs=epochs,
        verbose=0,
        shuffle=False,
        callbacks=[times],
    )


def ours(
    model: keras.Model, batches: Batches, held_out: Batches, epochs: int, times
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        training.fit(
            model,
            batches,
            held_out,
            epochs=epochs,
            run_dir=Path(folder) / "run",
            every_minutes=1,
            verbose=0,
            callbacks=[times],
        )


def measure(options: argparse.Namespace) -> dict[str, float]:
    size = options.height, options.width
    batches, held_out = (
        Batches(steps, options.batch, size)
        for steps in (options.steps, options.validation_steps)
    )
    turns = Turns()
    times = [EpochTimes(turns, side) for side in (0, 1)]
    models = [net(options.filters) for _ in times]
    epochs = _WARM_UP + options.epochs

    def run(side: int, train) -> None:
        try:
            turns.wait(side)
            train(models[side], batches, held_out, epochs, times[side])
        finally:
            turns.pass_on(side, is_done=True)

    other = threading.Thread(target=run, args=(0, bare), daemon=True)
    other.start()
    run(1, ours)  # in the main thread, where it may watch for SIGTERM
    other.join()
    return compared(*(np.array(side.seconds) for side in times))


def compared(theirs: np.ndarray, own: np.ndarray) -> dict[str, float]:
    """The row of the table, from the seconds of all epochs of both sides."""
    once = own[:_WARM_UP].sum() - theirs[:_WARM_UP].sum()
    theirs, own = theirs[_WARM_UP:], own[_WARM_UP:]
    low, high = np.quantile(own / theirs, [0.25, 0.75])
    return {
        "model.fit s": float(theirs.mean()),
        "kerasseg.training.fit s": float(own.mean()),
        "ratio": float(own.sum() / theirs.sum()),
        "lower quartile": float(low),
        "upper quartile": float(high),
        "once s": float(once),
    }


def table(row: dict[str, float]) -> str:
    names = list(row)
    cells = [
        f"{value:.2f}" if name.endswith(" s") else f"{value:.3f}"
        for name, value in row.items()
    ]
    rule = "|" + "---|" * len(names)
    return "\n".join([f"| {' | '.join(names)} |", rule, f"| {' | '.join(cells)} |"])


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=12, help="that count")
    parser.add_argument("--steps", type=int, default=92, help="in each epoch")
    parser.add_argument("--validation-steps", type=int, default=25)
    parser.add_argument("--filters", type=int, default=16)
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--height", type=int, default=180)
    parser.add_argument("--width", type=int, default=240)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    row = measure(options)
    print(json.dumps(row, indent=2) if options.json else f"{table(row)}\n\n{NOTE}")


if __name__ == "__main__":
    main()
