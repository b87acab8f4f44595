"""What `kerasseg.training.fit` costs above a bare `model.fit` of the same net and data.

    python benchmarks/training_overhead.py [--epochs N] [--steps N] [--rounds N]

Both sides train and validate the same SegNet-Basic on the same batches, as many as
CamVid has, in rounds that begin with either side in turn. Ours does all that
`kerasseg train` does: a checkpoint every minute, and at the end of each epoch tables,
TensorBoard's scalars and pictures, and the best net.
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
from kerasseg import losses, metrics, training

NOTE = """\
Seconds an epoch, medians of rounds that took turns; first epochs, in which TensorFlow
compiles, do not count on either side. Ratio: kerasseg.training.fit over model.fit."""

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
    model.compile("sgd", losses.CrossEntropy(), metrics=[metrics.MeanIoU(_CLASSES)])
    return model


def bare(filters: int, batches: Batches, held_out: Batches, epochs: int) -> list[float]:
    times = EpochTimes()
    net(filters).fit(
        batches.epoch(0).repeat(),
        steps_per_epoch=batches.steps_per_epoch,
        validation_data=held_out.epoch(0),
        epochs=epochs,
        verbose=0,
        shuffle=False,
        callbacks=[times],
    )
    return times.seconds


def ours(filters: int, batches: Batches, held_out: Batches, epochs: int) -> list[float]:
    times = EpochTimes()
    with tempfile.TemporaryDirectory() as folder:
        training.fit(
            net(filters),
            batches,
            held_out,
            epochs=epochs,
            run_dir=Path(folder) / "run",
            every_minutes=1,
            verbose=0,
            callbacks=[times],
        )
    return times.seconds


def measure(options: argparse.Namespace) -> dict[str, float]:
    size = options.height, options.width
    batches, held_out = (
        Batches(steps, options.batch, size)
        for steps in (options.steps, options.validation_steps)
    )
    runs = {"model.fit": bare, "kerasseg.training.fit": ours}
    seconds = {side: [] for side in runs}
    for number in range(options.rounds):
        for side in list(runs)[:: -1 if number % 2 else 1]:
            seconds[side] += runs[side](
                options.filters, batches, held_out, options.epochs
            )
    row = {f"{side} s": float(np.median(s)) for side, s in seconds.items()}
    row["ratio"] = row["kerasseg.training.fit s"] / row["model.fit s"]
    return row


def table(row: dict[str, float]) -> str:
    names = list(row)
    cells = [
        f"{row[name]:.3f}" if name == "ratio" else f"{row[name]:.2f}" for name in row
    ]
    rule = "|" + "---|" * len(names)
    return "\n".join([f"| {' | '.join(names)} |", rule, f"| {' | '.join(cells)} |"])


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=4, help="in each round")
    parser.add_argument("--steps", type=int, default=92, help="in each epoch")
    parser.add_argument("--validation-steps", type=int, default=25)
    parser.add_argument("--rounds", type=int, default=4)
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
