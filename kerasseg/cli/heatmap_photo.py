"""One photo of `kerasseg heatmap`: its scores, its picture, and what they say."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from kerasseg.cli.conversion import channels_of
from kerasseg.cli.heatmap_picture import write_picture
from kerasseg.cli.output import by, print_table
from kerasseg.data.images import read_image
from kerasseg.data.preprocess import preprocess
from kerasseg.geometry import ReceptiveField, receptive_field
from kerasseg.inference import predict_heatmap

TOP_CLASSES = 5


def map_photo(
    fcn: keras.Model,
    path: str,
    target: Path,
    chosen: int | None,
    names: Sequence[str] | None,
    mode: str,
    options: argparse.Namespace,
) -> dict[str, Any]:
    """Writes the picture of one photo; returns what was found, as plain values.

    Args:
        fcn: From a photo to one map.
        path: The photo.
        target: The picture to write.
        chosen: Number of the class to draw, or `None` for the surest.
        names: Of all classes; by default their numbers.
        mode: Of `kerasseg.data.preprocess`.
        options: Those of the command.
    """
    image = read_image(path, channels_of(fcn.inputs[0].shape), options.scale)
    size = image.shape[:2]
    began = time.perf_counter()
    scores = predict_heatmap(
        fcn, preprocess(image, mode), verbose=int(sys.stderr.isatty())
    )
    seconds = time.perf_counter() - began
    names = names or [str(number) for number in range(scores.shape[-1])]
    field = receptive_field(fcn, image_size=size)
    peaks = scores.max(axis=(0, 1))
    shown = int(np.argmax(peaks)) if chosen is None else chosen
    written = write_picture(image, scores, shown, names[shown], field, target, options)
    listed = list(np.argsort(-peaks, kind="stable")[:TOP_CLASSES])
    if shown not in listed:
        listed.append(shown)
    return {
        "image": path,
        "size": list(size),
        "map": list(scores.shape[:2]),
        "stride": list(field.stride),
        "receptive_field": list(field.size),
        "seconds": seconds,
        "shown": names[shown],
        "top": [_peak(scores, int(c), names, field, size) for c in listed],
        "written": [str(file) for file in written],
    }


def _peak(
    scores: np.ndarray,
    number: int,
    names: Sequence[str],
    field: ReceptiveField,
    size: tuple[int, int],
) -> dict[str, Any]:
    """Where a class is surest: the box of the best cell, cut to the image."""
    row, column = np.unravel_index(np.argmax(scores[..., number]), scores.shape[:2])
    top, left, bottom, right = field.box(int(row), int(column))
    box = [max(top, 0), max(left, 0), min(bottom, size[0]), min(right, size[1])]
    return {
        "class": names[number],
        "score": float(scores[row, column, number]),
        "box": box,
    }


def print_report(report: dict[str, Any]) -> None:
    """Prints what `map_photo` found."""
    print(f"{report['image']}: {by(report['size'])} pixels")
    print(
        f"  map {by(report['map'])} cells in {report['seconds']:.2f} s; a cell sees "
        f"{by(report['receptive_field'])} pixels, every {by(report['stride'])}"
    )
    rows = [("class", "score", "top, left, bottom, right")]
    rows += [
        (p["class"], f"{p['score']:.3f}", ", ".join(f"{n:g}" for n in p["box"]))
        for p in report["top"]
    ]
    print_table(rows)
    print(f"  class {report['shown']} → {', '.join(report['written'])}")
