"""How much faster images are read and changed than SegNet-Basic trains on them.

    KERASSEG_DATA=folder python benchmarks/input_pipeline.py [--batch N] [--steps N]
        [--images N] [--json]

Reads `camvid` of that folder; without it, noise of the same size that it writes first.
The peer is a training step on a batch that is there already, in the faster of two
forms, as a plain graph and compiled by XLA.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from PIL import Image

import zoo
from kerasseg.data import Pipeline, SegmentationDataset, open_dataset

SIZE = (360, 480)
AUGMENTATIONS = (None, "flip", "camvid", "unet")
NOTE = """\
Faster: images a second of the pipeline over those of the training step, each with the
machine for itself. Kept: what was decoded stays in memory."""


def measure(dataset: SegmentationDataset, batch: int, steps: int, filters: int = 64):
    """The rows of the table, one a pipeline."""
    first = next(iter(Pipeline(dataset, batch).epoch(0)))
    training = training_rate(*(np.array(part) for part in first), filters, steps)
    rows = []
    for augment in AUGMENTATIONS:
        for cache in (False, True):
            pipeline = Pipeline(dataset, batch, augment=augment, cache=cache)
            rate = reading_rate(pipeline)
            rows.append(
                {
                    "changes": augment or "none",
                    "kept": "yes" if cache else "no",
                    "images a second": rate,
                    "training": training,
                    "faster": rate / training,
                }
            )
    return rows


def reading_rate(pipeline: Pipeline) -> float:
    """Images a second of a whole epoch; of the second, so that a cache is full."""
    for epoch in range(2):
        start = time.perf_counter()
        images = sum(len(batch[0]) for batch in pipeline.epoch(epoch))
        seconds = time.perf_counter() - start
    return images / seconds


def training_rate(images, masks, filters: int, steps: int) -> float:
    """Images a second that the faster form of training step takes."""
    masks = np.minimum(masks, 10)  # the ignored class costs what the others cost
    return max(_rate(images, masks, filters, steps, jit) for jit in (False, True))


def _rate(images, masks, filters, steps, jit) -> float:
    model = zoo.SegNetBasic(images.shape[1:], base_filters=filters)
    optimizer = keras.optimizers.SGD(0.01, momentum=0.9)
    loss = keras.losses.SparseCategoricalCrossentropy()
    model.compile(optimizer, loss, jit_compile=jit)
    model.train_on_batch(images, masks)  # traces, and compiles
    times = []
    for _ in range(steps):
        start = time.perf_counter()
        model.train_on_batch(images, masks)
        times.append(time.perf_counter() - start)
    return len(images) / statistics.median(times)


def write_noise(folder: Path, count: int, size: tuple[int, int] = SIZE) -> None:
    """Writes pairs of PNG files as CamVid's folders hold them."""
    rng = np.random.default_rng(0)
    for name in ("train", "trainannot"):
        (folder / name).mkdir(parents=True)
    for number in range(count):
        image = rng.integers(0, 256, (*size, 3), np.uint8)
        Image.fromarray(image).save(folder / "train" / f"{number}.png")
        mask = np.repeat(rng.integers(0, 12, size[0], np.uint8), size[1])
        mask = Image.fromarray(mask.reshape(size))
        mask.save(folder / "trainannot" / f"{number}.png")


def table(rows: list[dict]) -> str:
    """The rows in Markdown."""
    lines = [["changes", "kept", "read", "trained", "faster"], ["---"] * 5]
    lines += [
        [
            *(row["changes"], row["kept"], f"{row['images a second']:.0f} images/s"),
            *(f"{row['training']:.2f} images/s", f"{row['faster']:.0f}×"),
        ]
        for row in rows
    ]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--batch", type=int, default=12, help="default 12, the paper's")
    parser.add_argument("--steps", type=int, default=3, help="timed, default 3")
    parser.add_argument("--images", type=int, default=96, help="read, default 96")
    parser.add_argument("--tiny", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true", help="rows as JSON")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(os.environ.get("KERASSEG_DATA", temporary)) / "camvid"
        if options.tiny or not folder.exists():
            folder = Path(temporary) / "camvid"
            print("KERASSEG_DATA holds no camvid: noise is read", file=sys.stderr)
            write_noise(folder, options.images, (24, 32) if options.tiny else SIZE)
        dataset = open_dataset(folder, "camvid", "train")
        dataset = dataset.subset(range(min(options.images, len(dataset))))
        filters = 2 if options.tiny else 64
        rows = measure(dataset, options.batch, options.steps, filters)
    print(json.dumps(rows, indent=2) if options.json else f"{table(rows)}\n\n{NOTE}")


if __name__ == "__main__":
    main()
