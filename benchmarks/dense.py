"""One score per pixel: `output_stride=1` beside the two plain ways to the same map.

    python benchmarks/dense.py [--only NET] [--size PIXELS] [--repeats N] [--json]

The classifier on a window at every pixel, shift-and-stitch, and the net whose strides
became dilations give the same scores, which is checked first. Each way is run in
several forms and its fastest counts: medians of runs that took turns.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf
from contenders import Contender, fastest, fcn_contenders, qualify, race
from keras import layers
from operations import count_operations
from sliding_in_graph import Grid, call_per_batch

import zoo
from kerasseg import convert_to_fcn, receptive_field
from kerasseg.inference import predict_shift_and_stitch, predict_sliding

NOTE = """\
Over sliding, over shifting: the time of the classifier slid pixel by pixel, and that of
shift-and-stitch, over the time of output_stride=1. In brackets the same ratio of
multiply-adds: more is to be had only where the other way runs fewer of them a second.
Over plain: the same for all windows cut in NumPy and given to model.predict, the code
that one writes first; sliding is the fastest form known.
Coarse map: the same net at its own stride, and its share of the time.
Difference: the largest between the three ways, in standard deviations of the scores."""

SIZES = (128, 256)
LARGEST_DIFFERENCE = 1e-5


def lenet5() -> keras.Model:
    """LeNet-5: windows of 32², stride 4."""
    return zoo.LeNet5(classifier_activation=None)  # logits: differences show


def small_vgg() -> keras.Model:
    """Three blocks of VGG without padding: windows of 60², stride 8."""
    net = keras.Sequential([keras.Input((60, 60, 3))], name="small_vgg")
    for filters in (16, 32, 64):  # ends at 4×4
        net.add(layers.Conv2D(filters, 3, activation="relu"))
        net.add(layers.Conv2D(filters, 3, activation="relu"))
        net.add(layers.MaxPooling2D(2))
    net.add(layers.Flatten())
    net.add(layers.Dense(64, activation="relu"))
    net.add(layers.Dense(10))
    return net


NETS: dict[str, Callable[[], keras.Model]] = {
    "lenet5": lenet5,
    "small_vgg": small_vgg,
}


def measure(net: str, size: int, repeats: int) -> dict:
    """One row of the table."""
    classifier = NETS[net]()
    channels = classifier.input_shape[-1]
    image = np.random.default_rng(0).random((size, size, channels), "float32")
    ways = _ways(classifier, image)
    difference = _check_agreement(ways)
    best = _race(ways, repeats)
    milliseconds = {way: contender.milliseconds for way, contender in best.items()}
    return {
        "net": f"{net} at {size}²",
        "cells": "×".join(map(str, best["dense"].run().shape[:2])),
        "over plain": milliseconds["plain"] / milliseconds["dense"],
        "over sliding": milliseconds["sliding"] / milliseconds["dense"],
        "over shifting": milliseconds["shifting"] / milliseconds["dense"],
        **_work_ratios(classifier, size),
        "milliseconds": milliseconds,
        "form": {way: _described(contender) for way, contender in best.items()},
        "difference": difference,
    }


def _ways(classifier: keras.Model, image) -> dict[str, list[Contender]]:
    """All forms of every way; all but the last give the same map."""
    coarse = convert_to_fcn(classifier)
    dense = convert_to_fcn(classifier, output_stride=1)
    return {
        "plain": _plain(classifier, image),
        "sliding": _sliding(classifier, dense, image),
        "shifting": _shifting(coarse, image),
        "dense": fcn_contenders(dense, image),
        "coarse": fcn_contenders(coarse, image),
    }


def _plain(classifier, image) -> list[Contender]:
    return [
        Contender("model.predict", lambda b=b: _predicted(classifier, image, b), b)
        for b in (32, 512)  # Keras's own, and one that suits small windows
    ]


def _predicted(classifier: keras.Model, image, batch_size: int):
    size = classifier.input_shape[1:3]
    windows = np.lib.stride_tricks.sliding_window_view(image, size, axis=(0, 1))
    rows, columns = windows.shape[:2]
    batch = np.moveaxis(windows, 2, -1).reshape(-1, *size, image.shape[-1])
    scores = classifier.predict(batch, batch_size, verbose=0)
    return scores.reshape(rows, columns, -1)


def _sliding(classifier, dense, image) -> list[Contender]:
    """Few batch sizes, since runs take seconds; others were slower."""
    _, rows, columns, _ = dense.compute_output_shape((1, *image.shape))
    grid = Grid(rows, columns, classifier.input_shape[1:3], (1, 1))
    made = [
        Contender("predict_sliding", lambda b=b: _slid(classifier, image, b), b)
        for b in (128, 512)
    ]
    tensor = tf.constant(image)
    for batch in sorted({columns, max(512 // columns, 1) * columns}):
        for jit in (False, True):
            step = call_per_batch(classifier, grid, batch, jit)
            form = "graph a batch" + (", jit" if jit else "")
            made.append(Contender(form, lambda f=step: f(tensor), batch))
    return made


def _slid(classifier, image, batch_size: int):
    return predict_sliding(classifier, image, 1, batch_size)


def _shifting(coarse: keras.Model, image) -> list[Contender]:
    stride = receptive_field(coarse).stride
    return [
        Contender(
            "predict_shift_and_stitch",
            lambda b=b: predict_shift_and_stitch(coarse, image, b),
            b,
        )
        for b in sorted({1, 4, 8, 16, stride[0] * stride[1]})
    ]


def _check_agreement(ways: dict[str, list[Contender]]) -> float:
    """The largest difference in standard deviations; stops if it is too large."""
    expected = ways["sliding"][0].run()
    others = [c for way in ("plain", "shifting", "dense") for c in ways[way]]
    worst = 0.0
    for contender in [*ways["sliding"][1:], *others]:
        found = contender.run()
        if found.shape != expected.shape:
            sys.exit(f"{contender.form}: {found.shape} instead of {expected.shape}")
        difference = float(np.abs(found - expected).max() / expected.std())
        if not difference <= LARGEST_DIFFERENCE:
            sys.exit(f"{contender.form} differs by {difference:.1e} deviations")
        worst = max(worst, difference)
    return worst


def _race(ways: dict[str, list[Contender]], repeats: int) -> dict[str, Contender]:
    finalists = {way: qualify(forms, 2) for way, forms in ways.items()}
    race([c for forms in finalists.values() for c in forms], repeats)
    for way, forms in finalists.items():
        for contender in forms:
            text = f"{_described(contender)}: {contender.milliseconds:.1f} ms"
            print(f"  {way}: {text}", file=sys.stderr)
    return {way: fastest(forms) for way, forms in finalists.items()}


def _described(contender: Contender) -> str:
    batch = f", batch {contender.batch_size}" if contender.batch_size else ""
    return contender.form + batch


def _work_ratios(classifier: keras.Model, size: int) -> dict[str, float]:
    """How many times the multiply-adds of the dense net the others take."""
    coarse = convert_to_fcn(classifier, (size, size))
    dense = convert_to_fcn(classifier, (size, size), output_stride=1)
    work = [count_operations(m).multiply_adds for m in (classifier, coarse, dense)]
    shifts = np.prod(receptive_field(coarse).stride)
    return {
        "work over sliding": work[0] * np.prod(dense.output_shape[1:3]) / work[2],
        "work over shifting": work[1] * shifts / work[2],
    }


def table(rows: list[dict]) -> str:
    """The rows in Markdown."""
    return "\n".join(
        [
            "| net | cells | over plain | over sliding | over shifting | plain "
            "| sliding | shifting | `output_stride=1` | coarse map | difference |",
            f"|{'---|' * 11}",
            *map(_line, rows),
        ]
    )


def _line(row: dict) -> str:
    ms, form = row["milliseconds"], row["form"]
    ways = ("plain", "sliding", "shifting", "dense")
    timed = [f"{ms[way]:.3g} ms ({form[way]})" for way in ways]
    timed.append(f"{ms['coarse']:.3g} ms, {ms['coarse'] / ms['dense']:.0%}")
    ratios = [f"{row['over plain']:.0f}×"]
    ratios += [
        f"{row[way]:.1f}× ({row[f'work {way}']:.1f}×)"
        for way in ("over sliding", "over shifting")
    ]
    parts = [row["net"], row["cells"], *ratios, *timed, f"{row['difference']:.0e}"]
    return f"| {' | '.join(parts)} |"


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=NETS, help="one net instead of all")
    parser.add_argument("--size", type=int, help="one image size, in pixels")
    parser.add_argument("--repeats", type=int, default=5, help="rounds of the race")
    parser.add_argument("--json", action="store_true", help="rows as JSON")
    options = parser.parse_args(arguments)
    rows = []
    for net in [options.only] if options.only else NETS:
        for size in [options.size] if options.size else SIZES:
            rows.append(measure(net, size, options.repeats))
            keras.backend.clear_session()
    text = json.dumps(rows, indent=2, default=float)
    print(text if options.json else f"{table(rows)}\n\n{NOTE}")


if __name__ == "__main__":
    main()
