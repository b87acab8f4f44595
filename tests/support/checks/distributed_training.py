"""One small training under any strategy, as a program and as many at once.

A program of its own: devices can be chosen only before anything is computed.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

KILLED = 2  # the step after which a worker kills itself, in the second epoch


def train(
    strategy, images=7, held_out=5, held_size=4, run_dir=None, kill=None, ema=False
):
    """Trains; returns the history and the weights, as lists.

    Args:
        strategy: Of `make_strategy`.
        images: To train on, in batches of 4; 7 leave an uneven last batch.
        held_out: To validate on; of 5, the last batch is of one image.
        held_size: Images in a batch of them.
        run_dir: Folder of the run.
        kill: Index of a worker that kills itself, or `None`.
        ema: Whether to validate with averages of the weights.
    """
    import keras
    from checks.shapes_dataset import ShapesDataset

    from kerasseg.data import Pipeline
    from kerasseg.losses import CrossEntropy, Jaccard, WeightedSum
    from kerasseg.metrics import MeanIoU, PixelAccuracy
    from kerasseg.training import fit

    keras.utils.set_random_seed(3)
    options = {"ignore_class": 255, "from_logits": True}
    history = fit(
        model := small_net(),
        Pipeline(ShapesDataset(images), 4, augment="flip"),
        Pipeline(ShapesDataset(held_out), held_size, shuffle=False),
        epochs=2,
        optimizer=_optimizer(ema),
        loss=WeightedSum([CrossEntropy(**options), Jaccard(**options)]),
        metrics=[
            *(kind(3, ignore_class=255) for kind in (PixelAccuracy, MeanIoU)),
            mean_score,
        ],
        run_dir=run_dir,
        resume=run_dir is not None,
        every_steps=1,
        strategy=strategy,
        callbacks=[] if kill != strategy.index else [_suicide()],
        verbose=0,
    )
    weights = [weight.tolist() for weight in model.get_weights()]
    return {"history": history.history, "weights": weights}


def mean_score(labels, scores):
    """A metric that is a plain function, which no configuration holds."""
    import keras

    return keras.ops.mean(keras.ops.softmax(scores)[..., 1], axis=(1, 2))


def _optimizer(ema):
    """One with what its configuration does not hold: weights that do not decay."""
    import keras

    options = {"momentum": 0.9, "clipnorm": 0.5, "weight_decay": 0.5}
    found = keras.optimizers.SGD(0.05, **options, use_ema=ema, ema_momentum=0.5)
    found.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return found


def small_net():
    """A net with all that strategies get wrong: statistics, penalties, strides."""
    import keras
    from keras import layers

    return keras.Sequential(
        [
            keras.Input((None, None, 3)),
            layers.Conv2D(
                4, 3, padding="same", use_bias=False, kernel_regularizer="l2"
            ),
            layers.BatchNormalization(momentum=0.5),
            layers.ReLU(),
            layers.MaxPooling2D(),
            layers.Conv2DTranspose(3, 2, strides=2),
        ]
    )


def _suicide():
    import keras

    class Suicide(keras.callbacks.Callback):
        steps = 0

        def on_train_batch_end(self, batch, logs=None):
            self.steps += 1
            if self.steps == KILLED + 1:
                os.kill(os.getpid(), signal.SIGKILL)

    return Suicide()


def run_program(name, workers=1, backend="tensorflow", timeout=300, **options):
    """Runs this file in so many processes.

    Returns:
        Of each: its outcome or `None`, its exit code, its output, and the seconds that
        it lived.
    """
    ports = _free_ports(workers)
    began = time.monotonic()
    processes = [
        subprocess.Popen(
            [sys.executable, __file__, json.dumps({"strategy": name, **options})],
            env=_environment(backend, ports, index, options.get("devices") or 1),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for index in range(workers)
    ]
    found = []
    try:
        for process in processes:
            out, err = process.communicate(timeout=timeout)
            seconds = time.monotonic() - began
            done = process.returncode == 0  # JAX's exchange prints lines of its own
            outcome = json.loads(out.splitlines()[-1]) if done else None
            found.append((outcome, process.returncode, err, seconds))
    finally:
        for process in processes:
            process.kill()
    return found


def outcomes(name, workers=1, **options):
    """What all processes end with; none may fail."""
    found = run_program(name, workers, **options)
    for _, code, output, _ in found:
        assert code == 0, output[-3000:]
    return [outcome for outcome, *_ in found]


def _environment(backend, ports, index, devices):
    environment = {
        **os.environ,
        "KERAS_BACKEND": backend,
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "CUDA_VISIBLE_DEVICES": "",
        "JAX_PLATFORMS": "cpu",
        "PYTHONPATH": os.pathsep.join(sys.path),
        "XLA_FLAGS": f"--xla_force_host_platform_device_count={devices}",
    }
    addresses = [f"localhost:{port}" for port in ports]
    if len(ports) > 1 and backend == "jax":
        environment |= {
            "KERAS_DISTRIBUTION_JOB_ADDRESSES": ",".join(addresses),
            "KERAS_DISTRIBUTION_NUM_PROCESSES": str(len(ports)),
            "KERAS_DISTRIBUTION_PROCESS_ID": str(index),
        }
    elif len(ports) > 1:
        task = {"type": "worker", "index": index}
        cluster = {"cluster": {"worker": addresses}, "task": task}
        environment["TF_CONFIG"] = json.dumps(cluster)
    return environment


def _free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("localhost", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def main():
    from kerasseg.training.distribution import make_strategy

    options = json.loads(sys.argv[1])
    devices = options.pop("devices", None)
    strategy = make_strategy(options.pop("strategy"), devices)
    if options.pop("untame", False):
        from checks import untame_training

        outcome = {
            name: getattr(untame_training, name)(strategy, **found)
            for name, found in options.items()
        }
    else:
        folder = options.pop("run_dir", None)
        outcome = train(strategy, run_dir=folder and Path(folder), **options)
    print(json.dumps(outcome))


if __name__ == "__main__":
    main()
