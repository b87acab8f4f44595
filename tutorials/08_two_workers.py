"""One training shared by two workers, equal to that of one machine.

The two workers are processes of this machine, but all they know of each other is an
address, as if they stood in different rooms. First they train together, and the losses
are compared with those of a run alone. Then one of them is killed: the other notices,
says so and ends; started again, both go on. Run this file as a script:

    python tutorials/08_two_workers.py
"""

import argparse
import csv
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # read when Keras is imported

import keras
import numpy as np
from street_data import write_streets

import zoo
from kerasseg import data, load_model, losses, metrics, training
from kerasseg.training.distribution import make_strategy
from kerasseg.visualize import learning_curves, save_figure

parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
parser.add_argument("--output", type=Path, default="kerasseg-tutorials/08")
parser.add_argument("--epochs", type=int, default=4)
parser.add_argument("--scenes", type=int, default=24)
parser.add_argument("--without-kill", action="store_true")
parser.add_argument("--train", type=Path, help=argparse.SUPPRESS)
parser.add_argument("--data", type=Path, help=argparse.SUPPRESS)
parser.add_argument("--strategy", help=argparse.SUPPRESS)
args, _ = parser.parse_known_args()


# %% 1. The training
# An ordinary one, but for its strategy, which has to be made before anything is
# computed. Each worker runs these same lines. The pipeline gives each its half of every
# batch of four; what normalises, normalises by all four.
def train(folder, streets, epochs, strategy):
    strategy = make_strategy(strategy)
    keras.utils.set_random_seed(0)
    scenes = data.open_dataset(streets)
    net = zoo.SegNetBasic((None, None, 3), scenes.classes, base_filters=8)
    training.fit(
        net,
        data.Pipeline(scenes.subset(range(8, len(scenes))), 4, augment="flip"),
        data.Pipeline(scenes.subset(range(8)), 4, shuffle=False),
        epochs=epochs,
        optimizer=keras.optimizers.SGD(0.01, momentum=0.9),
        loss=losses.CrossEntropy(),
        metrics=[metrics.MeanIoU(scenes.classes)],
        run_dir=folder,  # for both: only the first worker, the chief, writes there
        resume=True,
        every_steps=1,
        strategy=strategy,
        verbose=0,
    )


if args.train:  # this file, started by itself
    train(args.train, args.data, args.epochs, args.strategy)
    sys.exit()

# %% 2. Alone, and together
# TF_CONFIG names the addresses of all workers, and which of them this one is. On two
# machines it would hold their names; the command is the same on both.
args.output.mkdir(parents=True, exist_ok=True)
streets = Path(tempfile.mkdtemp()) / "streets"
write_streets(streets, args.scenes, size=(32, 48))
runs = Path(tempfile.mkdtemp())


def free_address():
    with socket.socket() as one:
        one.bind(("localhost", 0))
        return f"localhost:{one.getsockname()[1]}"


def start(name, strategy, worker=0, addresses=()):
    environment = dict(os.environ)
    if addresses:
        task = {"type": "worker", "index": worker}
        config = {"cluster": {"worker": list(addresses)}, "task": task}
        environment["TF_CONFIG"] = json.dumps(config)
    command = [sys.executable, __file__, "--train", runs / name, "--data", streets]
    options = ["--epochs", str(args.epochs), "--strategy", strategy]
    log = (runs / f"{name}-{worker}.log").open("w")
    return subprocess.Popen([*command, *options], env=environment, stderr=log)


def start_two(name):
    addresses = [free_address(), free_address()]
    return [start(name, "multi_worker", worker, addresses) for worker in (0, 1)]


def finish(processes):
    codes = [process.wait() for process in processes]
    if any(codes):
        sys.exit(f"a training failed; see the logs in {runs}")


finish([start("alone", "none")])
print("2. One process has trained alone")
finish(start_two("together"))
print("2. Two have trained together")


def history(name):
    with (runs / name / "history.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    return {key: np.array([float(row[key]) for row in rows]) for key in rows[0]}


def compare(number, name):
    ours, theirs = history("alone")["loss"], history(name)["loss"]
    difference = np.abs(theirs / ours - 1).max()
    print(f"{number}. Losses, relatively: they differ by at most {difference:.1e}")
    nets = [load_model(runs / run / "last.keras") for run in ("alone", name)]
    pairs = zip(*(net.get_weights() for net in nets), strict=True)
    difference = max(np.abs(a - b).max() for a, b in pairs)
    print(f"{number}. Weights: they differ by at most {difference:.1e}")


compare(2, "together")

# %% 3. One of them is killed
# No goodbye: the other waits for its part of the next step, until the connection is
# known to be lost. The last checkpoint is whole; from there both go on.
if not args.without_kill:
    chief, other = start_two("killed")
    while chief.poll() is None and not any(
        (runs / "killed").glob("checkpoints/*4.npz")
    ):
        time.sleep(0.01)
    other.kill()
    killed = time.monotonic()
    code = chief.wait()
    seconds = time.monotonic() - killed
    print(f"3. The chief ended {seconds:.0f} seconds later, with exit code {code}:")
    said = (runs / "killed-0.log").read_text().splitlines()
    lost = [line for line in said if "WorkerLostError" in line]
    print(f"3. {lost[-1][:200] if lost else 'it had come to its end'}")
    finish(start_two("killed"))
    compare(3, "killed")

# %% 4. The curves
# Two lines, one upon the other.
found = [history(name)["loss"].tolist() for name in ("alone", "together")]
figure = learning_curves({"loss": found[0], "val_loss": found[1]})
for line, name, style in zip(
    figure.axes[0].lines, ("alone", "two workers"), ("-", ":"), strict=True
):
    line.set(label=name, linestyle=style, linewidth=4)
figure.axes[0].legend(frameon=False)
save_figure(figure, args.output / "two_workers.png")
print(f"The picture is in {args.output}")

# %% Things to try
# - `make_strategy("multi_worker", synchronize=False)`: another net, and other losses.
# - `kerasseg train … --strategy mirrored --devices 2`: two devices, one process.
# - Send SIGTERM to one worker: both save, and exit with code 75.
