"""How much faster a fully convolutional net is than the sliding window it replaces.

    python benchmarks/heatmap_vs_sliding.py [--only NET] [--repeats N] [--json]

Both compute the same number of scores at the same stride, with random weights. Each is
run in several forms, the sliding window with several batch sizes too, and the fastest
form of each counts: medians of runs that took turns.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from contenders import (
    Contender,
    fastest,
    fcn_contenders,
    qualify,
    race,
    sliding_contenders,
)
from operations import count_operations
from sliding_in_graph import Grid

import zoo
from kerasseg import convert_to_fcn, receptive_field
from kerasseg.geometry import padded_layers

NOTE = """\
Time: that of the sliding window over that of the fully convolutional net (FCN), each in
its fastest form. Multiply-adds, values written: the same ratio of what the two have to
compute. Difference: the largest between the scores of the two, in standard deviations
of the scores; a trunk that pads gives each crop its own border of zeros, so there only
an image of the classifier's own size can be compared.

Multiply-adds are the limit where convolutions take all the time and run alike in both.
The time falls below it where the FCN runs fewer of them a second than a batch of
windows does: its k×k head convolution outside XLA is far slower than the matrix product
of the same size, and XLA, which cures that, may slow the other convolutions down. The
time rises above it where layers of few channels, activations, normalisations and
poolings count, whose time follows the values written: nearly all of LeNet-5, a part of
AlexNet."""


@dataclass(frozen=True)
class Case:
    build: Callable[..., keras.Model]
    size: int


# 515 pixels give AlexNet the 10×10 cells that Caffe's poolings, which round the size of
# their map up, give the FCN paper at 500; those of Keras round down, to 9×9.
CASES = {
    "lenet5": (Case(zoo.LeNet5, 256),),
    "alexnet": (Case(zoo.AlexNet, 500), Case(zoo.AlexNet, 515)),
    "vgg16": (Case(zoo.VGG16, 500),),
}


def measure(case: Case, repeats: int) -> dict:
    """One row of the table."""
    classifier = case.build(classifier_activation=None)  # logits: differences show
    fcn = convert_to_fcn(classifier)
    channels = classifier.input_shape[-1]
    image = np.random.default_rng(0).random((case.size, case.size, channels), "float32")
    grid = _grid(classifier, fcn, case.size)
    sliding, maps = _race(classifier, fcn, image, grid, repeats)
    best_sliding, best_map = fastest(sliding), fastest(maps)
    return {
        "net": f"{case.build.__name__} at {case.size}²",
        "cells": f"{grid.rows}×{grid.columns}",
        "time ratio": best_sliding.milliseconds / best_map.milliseconds,
        **_work_ratios(classifier, case.size, grid),
        "sliding ms": best_sliding.milliseconds,
        "FCN ms": best_map.milliseconds,
        "sliding form": best_sliding.form,
        "batch": best_sliding.batch_size,
        "FCN form": best_map.form,
        **_difference(classifier, fcn, image, best_sliding, best_map),
    }


def _grid(classifier: keras.Model, fcn: keras.Model, size: int) -> Grid:
    _, rows, columns, _ = fcn.compute_output_shape((1, size, size, fcn.input_shape[-1]))
    stride = receptive_field(fcn).stride
    return Grid(rows, columns, classifier.input_shape[1:3], stride)


def _race(classifier, fcn, image, grid, repeats):
    library, graph = sliding_contenders(classifier, image, grid)
    maps = fcn_contenders(fcn, image)
    sliding = [*qualify(library, 1), *qualify(graph, 3)]
    for contender in maps:
        contender.run()
    race([*sliding, *maps], repeats)
    for contender in [*sliding, *maps]:
        batch = f", batch {contender.batch_size}" if contender.batch_size else ""
        text = f"  {contender.form}{batch}: {contender.milliseconds:.1f} ms"
        print(text, file=sys.stderr)
    return sliding, maps


def _work_ratios(classifier: keras.Model, size: int, grid: Grid) -> dict[str, float]:
    crop = count_operations(classifier)
    whole = count_operations(convert_to_fcn(classifier, (size, size)))
    return {
        "multiply-adds ratio": grid.count * crop.multiply_adds / whole.multiply_adds,
        "values ratio": grid.count * crop.values / whole.values,
    }


def _difference(classifier, fcn, image, sliding: Contender, cells: Contender) -> dict:
    padded = bool(padded_layers(classifier))
    if padded:
        height, width = classifier.input_shape[1:3]
        crop = image[None, :height, :width]
        expected = classifier.predict_on_batch(crop)
        found = fcn.predict_on_batch(crop).reshape(expected.shape)
    else:
        expected, found = sliding.run(), cells.run()
    difference = np.abs(expected - found).max() / expected.std()
    compared = "own size only" if padded else "all cells"
    return {"difference": float(difference), "compared": compared}


def table(rows: list[dict]) -> str:
    """The rows in Markdown."""
    lines = [
        "| net | cells | time | multiply-adds | values written | sliding window | FCN "
        "| difference |",
        "|---|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {row['net']} | {row['cells']} | {row['time ratio']:.1f}× "
        f"| {row['multiply-adds ratio']:.1f}× | {row['values ratio']:.1f}× "
        f"| {row['sliding ms']:.0f} ms ({row['sliding form']}, batch {row['batch']}) "
        f"| {row['FCN ms']:.1f} ms ({row['FCN form']}) "
        f"| {row['difference']:.0e} ({row['compared']}) |"
        for row in rows
    ]
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=CASES, help="one net instead of all")
    parser.add_argument("--size", type=int, help="another image size, in pixels")
    parser.add_argument("--repeats", type=int, default=5, help="rounds of the race")
    parser.add_argument("--json", action="store_true", help="rows as JSON")
    options = parser.parse_args(arguments)
    cases = [c for n, cs in CASES.items() if options.only in (None, n) for c in cs]
    rows = []
    for case in cases:
        case = Case(case.build, options.size or case.size)
        rows.append(measure(case, options.repeats))
        keras.backend.clear_session()
    print(json.dumps(rows, indent=2) if options.json else f"{table(rows)}\n\n{NOTE}")


if __name__ == "__main__":
    main()
