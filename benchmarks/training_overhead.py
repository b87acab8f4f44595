"""What `kerasseg.training.fit` costs above a bare `model.fit` of the same net and data.

    python benchmarks/training_overhead.py [--epochs N] [--rounds N] [--json]

Both sides train the same SegNet-Basic on the same batches, taking turns, epoch by
epoch without validation. Ours writes a checkpoint every minute and its tables at the
end of each epoch.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf

import zoo
from kerasseg import losses, training

NOTE = """\
Ratio: the time of kerasseg.training.fit over that of model.fit, medians of rounds that
took turns; first epochs, in which TensorFlow compiles, do not count on either side."""


class Batches:
    """Random images that stand in memory, so that reading them costs nothing."""

    def __init__(self, steps: int, batch: int, size: tuple[int, int]):
        random = np.random.default_rng(0)
        self.steps_per_epoch = steps
        self._images = random.random((batch, *size, 3), np.float32)
        self._masks = random.integers(0, 11, (batch, *size), np.int32)

    def epoch(self, epoch: int, start_step: int = 0) -> tf.data.Dataset:
        one = tf.data.Dataset.from_tensors((self._images, self._masks))
        return one.repeat(self.steps_per_epoch - start_step)


class EpochTimes(keras.callbacks.Callback):
    """Seconds from the end of one epoch to the end of the next."""

    def __init__(self):
        super().__init__()
        self.seconds = []

    def on_train_begin(self, logs=None):
        self._ends = []

    def on_epoch_end(self, epoch, logs=None):
        self._ends.append(time.perf_counter())

    def on_train_end(self, logs=None):
        self.seconds.extend(np.diff(self._ends))


def net(filters: int) -> keras.Model:
    keras.utils.set_random_seed(0)
    model = zoo.SegNetBasic((None, None, 3), base_filters=filters)
    model.compile("sgd", losses.CrossEntropy())
    return model


def bare(filters: int, batches: Batches, epochs: int) -> list[float]:
    times = EpochTimes()
    net(filters).fit(
        batches.epoch(0).repeat(),
        steps_per_epoch=batches.steps_per_epoch,
        epochs=epochs,
        verbose=0,
        shuffle=False,
        callbacks=[times],
    )
    return times.seconds


def ours(filters: int, batches: Batches, epochs: int) -> list[float]:
    times = EpochTimes()
    with tempfile.TemporaryDirectory() as folder:
        training.fit(
            net(filters),
            batches,
            epochs=epochs,
            run_dir=Path(folder) / "run",
            every_minutes=1,
            verbose=0,
            callbacks=[times],
        )
    return times.seconds


def measure(options: argparse.Namespace) -> dict[str, float]:
    batches = Batches(options.steps, options.batch, (options.height, options.width))
    seconds = {"model.fit": [], "kerasseg.training.fit": []}
    for _ in range(options.rounds):
        for side, run in zip(seconds, (bare, ours), strict=True):
            seconds[side] += run(options.filters, batches, options.epochs)
    steps = options.steps
    row = {f"{side} ms": 1e3 * np.median(s) / steps for side, s in seconds.items()}
    row["ratio"] = row["kerasseg.training.fit ms"] / row["model.fit ms"]
    return row


def table(row: dict[str, float]) -> str:
    names = list(row)
    cells = [
        f"{row[name]:.3f}" if name == "ratio" else f"{row[name]:.1f}" for name in row
    ]
    rule = "|" + "---|" * len(names)
    return "\n".join([f"| {' | '.join(names)} |", rule, f"| {' | '.join(cells)} |"])


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=5, help="in each round")
    parser.add_argument("--steps", type=int, default=20, help="in each epoch")
    parser.add_argument("--rounds", type=int, default=3)
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
