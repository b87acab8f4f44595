"""What converting VGG16 costs in memory, beside the usual way to move weights.

    python benchmarks/conversion_memory.py [--net NET] [--json]

Each way runs in a process of its own and reports the memory resident above what the
classifier held: at its highest while converting, kept after, and kept once both nets
have scored an image.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import resource
import subprocess
import sys
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

_NETS = ("VGG16", "AlexNet", "LeNet5")
_WAYS = {
    "kerasseg": "`convert_to_fcn`",
    "set_weights": "`get_weights`, reshape, `set_weights`",
}
_STATUS = Path("/proc/self/status")


def resident_mb(field: str) -> float:
    """`VmRSS`, the memory resident now, or `VmHWM`, the most so far, in MB."""
    try:
        lines = _STATUS.read_text().splitlines()
        return next(int(x.split()[1]) for x in lines if x.startswith(field)) / 1024
    except (OSError, StopIteration):  # no Linux: only the most so far is known
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most / (2**20 if sys.platform == "darwin" else 1024)


def forget_peak() -> None:
    """Sets `VmHWM` back to the memory resident now, where the system lets us."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        print("the peak counts from the start of the process", file=sys.stderr)


def convert_with_set_weights(classifier):
    """The way of most recipes: the same net built anew, its weights filled in.

    Building is as good as it gets here, with zeros where random values would be drawn
    and written over; what is measured is the way of the weights.
    """
    from keras import Sequential, layers

    fcn = Sequential([_input(classifier)], name="filled_in")
    kernel_size = None
    for layer in classifier.layers[1:]:
        if isinstance(layer, layers.Flatten):
            kernel_size = layer.input.shape[1:3]
            continue
        fcn.add(_counterpart(layer, kernel_size or (1, 1)))
        if isinstance(layer, layers.Dense):
            kernel_size = None
    for new in fcn.layers:
        old = classifier.get_layer(new.name)
        values = zip(old.get_weights(), new.weights, strict=True)
        new.set_weights([value.reshape(weight.shape) for value, weight in values])
    return fcn


def _input(classifier):
    from keras import layers

    return layers.InputLayer((None, None, classifier.input_shape[-1]))


def _counterpart(layer, kernel_size):
    from keras import layers

    config, kind = layer.get_config(), type(layer)
    if kind is layers.Dense:
        kind = layers.Conv2D
        config["filters"], config["kernel_size"] = config.pop("units"), kernel_size
        config.pop("quantization_config", None)
    if "kernel_initializer" in config:
        config["kernel_initializer"] = "zeros"
    return kind.from_config(config)


def measure(way: str, net: str) -> dict[str, float]:
    """Converts in this process; megabytes above what the classifier held."""
    import numpy as np

    import zoo
    from kerasseg import convert_to_fcn

    convert = {"kerasseg": convert_to_fcn, "set_weights": convert_with_set_weights}[way]
    # What Keras and TensorFlow set up on first use is no cost of this conversion.
    convert(zoo.LeNet5())
    classifier = getattr(zoo, net)()
    gc.collect()
    forget_peak()
    before = resident_mb("VmRSS")
    fcn = convert(classifier)
    peak = resident_mb("VmHWM") - before
    gc.collect()
    kept = resident_mb("VmRSS") - before
    image = np.zeros((1, *classifier.input_shape[1:]), "float32")
    scores = [model(image, training=False) for model in (classifier, fcn)]
    assert np.allclose(scores[0], np.reshape(scores[1], scores[0].shape), atol=1e-5)
    gc.collect()
    weights = sum(w.numpy().nbytes for w in classifier.weights) / 2**20
    after = resident_mb("VmRSS") - before
    return {"weights": weights, "peak": peak, "kept": kept, "after predicting": after}


def table(rows: dict[str, dict[str, float]], net: str) -> str:
    """The rows in Markdown."""
    weights = next(iter(rows.values()))["weights"]
    lines = [
        f"| {net}, {weights:.0f} MB of weights | most more | kept more "
        "| once both have predicted |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {_WAYS[way]} | {row['peak']:.0f} MB | {row['kept']:.0f} MB "
        f"| {row['after predicting']:.0f} MB |"
        for way, row in rows.items()
    ]
    return "\n".join(lines)


def _in_fresh_process(way: str, net: str) -> dict[str, float]:
    command = [sys.executable, __file__, "--way", way, "--net", net]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--net", choices=_NETS, default="VGG16")
    parser.add_argument("--json", action="store_true", help="rows as JSON")
    parser.add_argument("--way", choices=_WAYS, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.way:
        print(json.dumps(measure(options.way, options.net)))
        return
    rows = {way: _in_fresh_process(way, options.net) for way in _WAYS}
    print(json.dumps(rows, indent=2) if options.json else table(rows, options.net))


if __name__ == "__main__":
    main()
