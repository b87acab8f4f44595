"""Killing a training, resuming it, and ending with the very same bits.

A run trains a small U-Net in a process of its own. It is killed without warning while
it works, more than once, and resumed each time. In the end its weights are compared
with those of a run that nobody touched. Run this file as a script:

    python tutorials/09_resume_after_kill.py
"""

import argparse
import csv
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # read when Keras is imported

import keras
import numpy as np
import tensorflow as tf
from street_data import write_streets

import zoo
from kerasseg import data, load_model, losses, metrics, training
from kerasseg.visualize import learning_curves, save_figure

parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
parser.add_argument("--output", type=Path, default="kerasseg-tutorials/09")
parser.add_argument("--kills", type=int, default=3)
parser.add_argument("--epochs", type=int, default=4)
parser.add_argument("--train", type=Path, help=argparse.SUPPRESS)
parser.add_argument("--data", type=Path, help=argparse.SUPPRESS)
args, _ = parser.parse_known_args()


# %% 1. The training
# An ordinary one. What makes it exact: batches that are a function of the seed, the
# epoch and the step (`Pipeline`), checkpoints that hold all that the next step depends
# on, and operations that give the same bits each time.
def train(folder, streets, epochs):
    tf.config.experimental.enable_op_determinism()
    keras.utils.set_random_seed(0)
    scenes = data.open_dataset(streets)
    options = {"padding": "same", "base_filters": 8, "depth": 2}  # with Dropout
    net = zoo.UNet((None, None, 3), scenes.classes, **options)
    training.fit(
        net,
        data.Pipeline(scenes.subset(range(8, len(scenes))), 4, augment="flip"),
        data.Pipeline(scenes.subset(range(8)), 4, shuffle=False),
        epochs=epochs,
        optimizer="adam",
        loss=losses.CrossEntropy(),
        metrics=[metrics.MeanIoU(scenes.classes)],
        run_dir=folder,
        resume=True,  # and begin, where there is nothing to resume
        every_steps=2,
        seed=0,
        verbose=0,
    )


if args.train:  # this file, started by itself
    train(args.train, args.data, args.epochs)
    sys.exit()

# %% 2. Two runs, one of them killed
args.output.mkdir(parents=True, exist_ok=True)
streets = Path(tempfile.mkdtemp()) / "streets"
write_streets(streets, 32, size=(32, 48))
runs = Path(tempfile.mkdtemp())


def start(name):
    command = [sys.executable, __file__, "--train", runs / name, "--data", streets]
    return subprocess.Popen([*command, "--epochs", str(args.epochs)])


def checkpoints(name):
    return sorted(path.stem for path in (runs / name).glob("checkpoints/step-*.npz"))


undisturbed = start("undisturbed")
if undisturbed.wait():
    sys.exit("the training failed")
print("2. One run came to its end")

moment = random.Random(0)
for _ in range(args.kills):
    before = checkpoints("killed")
    process = start("killed")
    while process.poll() is None and checkpoints("killed") == before:
        time.sleep(0.01)
    time.sleep(moment.random() / 4)
    process.kill()  # SIGKILL: no goodbye, perhaps in the middle of a checkpoint
    process.wait()
    print(f"2. Killed the other; its last checkpoint is {checkpoints('killed')[-1]}")

# %% 3. A friendlier end
# Schedulers send SIGTERM before they take a machine away. The run then saves at the end
# of its step and exits with code 75, "try again".
process = start("killed")
before = checkpoints("killed")
while process.poll() is None and checkpoints("killed") == before:
    time.sleep(0.01)
process.send_signal(signal.SIGTERM)
print(f"3. After SIGTERM the exit code is {process.wait()} (0 if it had just ended)")

# %% 4. To the end, and compare
if start("killed").wait():
    sys.exit("the training failed")

names = ("undisturbed", "killed")
weights = [load_model(runs / name / "last.keras").get_weights() for name in names]
difference = max(np.abs(a - b).max() for a, b in zip(*weights, strict=True))
print(f"4. The weights of the two: they differ by at most {difference:.1e}")


def history(name):
    with (runs / name / "history.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    return {key: [float(row[key]) for row in rows] for key in rows[0]}


tables = [history(name) for name in names]
by_epoch = [table["loss"] for table in tables]
difference = np.abs(np.subtract(*by_epoch)).max()
print(f"4. Their losses: they differ by at most {difference:.1e}")
figure = learning_curves({"loss": by_epoch[0], "val_loss": by_epoch[1]})
for line, name in zip(figure.axes[0].lines, names, strict=True):
    line.set(label=name, linestyle="-" if name == "undisturbed" else ":", linewidth=4)
figure.axes[0].legend(frameon=False)
save_figure(figure, args.output / "two_runs.png")
print(f"The picture is in {args.output}")

# %% Things to try
# - Look into a checkpoint: `numpy.load` opens it.
# - Cut the newest one short (`truncate -s -100`) and resume: which one is used?
# - The same with `kerasseg train … --every-steps 2`, and `--resume` after the kill.
