"""What memory a segmentation in tiles takes, and how fast MONAI does the same.

    python benchmarks/tiled.py [--small] [--megapixels 50 500] [--tile N] [--json]

A U-Net segments memory-mapped images of random texture, the second ten times as large
as the first, into memory-mapped labels. Each run is a process of its own, whose peak of
resident memory counts. Then both kerasseg and MONAI, where it is installed, blend the
scores of one image in memory with the same net, which runs in Keras for both.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

NOTE = """\
Peak: the most resident memory of the process, mapped pages of files included; above
imports: the part of it that was not there once the net was built. Seconds: of the
prediction alone. Blended: overlapping tiles weighted by a Gaussian, one tile at a time,
the image and the scores in memory."""


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--small", action="store_true", help="seconds, not minutes")
    parser.add_argument(
        "--megapixels", type=float, nargs=2, metavar="M", help="default: 50 500"
    )
    parser.add_argument("--tile", type=int, help="default: 1024")
    parser.add_argument("--blended", type=float, metavar="M", help="default: 16")
    parser.add_argument("--json", action="store_true", help="rows as JSON")
    parser.add_argument("--case", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.case:
        print(json.dumps(run_case(**json.loads(options.case))))
        return
    sizes = options.megapixels or ([0.5, 5] if options.small else [50, 500])
    tile = options.tile or (256 if options.small else 1024)
    blended = options.blended or (0.5 if options.small else 16)
    rows = [in_own_process("cropped", megapixels, tile) for megapixels in sizes]
    rows += [in_own_process(way, blended, tile) for way in ("blended", "MONAI")]
    rows = [row for row in rows if row is not None]
    print(json.dumps(rows, indent=2) if options.json else f"{table(rows)}\n\n{NOTE}")


def in_own_process(way: str, megapixels: float, tile: int) -> dict | None:
    """One row of the table, or `None` without MONAI."""
    case = json.dumps({"way": way, "megapixels": megapixels, "tile": tile})
    command = [sys.executable, __file__, "--case", case]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{way}, {megapixels} megapixels: {done.stderr[-2000:]}")
    row = json.loads(done.stdout.splitlines()[-1])
    if "skipped" in row:
        print(f"{way}: skipped, {row['skipped']}", file=sys.stderr)
        return None
    return row


def run_case(way: str, megapixels: float, tile: int) -> dict:
    """Runs one way on one image, in this process."""
    if way == "MONAI":
        try:
            import monai.inferers  # noqa: F401 - before the net takes its time
        except ImportError as error:
            return {"skipped": f"{error}; pip install monai"}
    import keras

    import zoo

    keras.utils.set_random_seed(0)
    net = zoo.UNet((None, None, 1), base_filters=8, depth=2, padding="same")
    warm = np.zeros((1, tile, tile, 1), np.float32)
    net.predict_on_batch(warm)
    side = round((megapixels * 1e6) ** 0.5)
    with tempfile.TemporaryDirectory() as folder:
        image = textured(Path(folder) / "image", side)
        before = peak()
        run = {"cropped": cropped, "blended": blended, "MONAI": by_monai}[way]
        began = time.perf_counter()
        checksum = run(net, image, tile, Path(folder))
        seconds = time.perf_counter() - began
    return {
        "way": way,
        "megapixels": round(side**2 / 1e6, 2),
        "tile": tile,
        "peak MB": peak(),
        "above imports MB": peak() - before,
        "seconds": seconds,
        "megapixels a second": side**2 / 1e6 / seconds,
        "mean score": checksum,
    }


def textured(path: Path, side: int) -> np.ndarray:
    """A square memory-mapped image, written row by row."""
    rows = np.random.default_rng(0).integers(0, 256, (64, side), np.uint8)
    with path.open("wb") as file:  # not through a map, whose pages would count
        for first in range(0, side, 64):
            rows[: side - first].tofile(file)
    return np.memmap(path, np.uint8, "r", shape=(side, side))


def cropped(net, image, tile, folder) -> float:
    from kerasseg.inference import predict_tiled

    out = np.memmap(folder / "labels", np.uint8, "w+", shape=image.shape)
    predict_tiled(net, image, tile, output="labels", out=out, preprocess="unit")
    return float(out[:64].mean())


def blended(net, image, tile, folder) -> float:
    from kerasseg.inference import predict_tiled

    image = np.asarray(image, np.float32)[..., None] / 255
    scores = predict_tiled(net, image, tile, overlap=tile // 4, blend="gaussian")
    return float(scores[..., 1].mean())


def by_monai(net, image, tile, folder) -> float:
    import torch
    from monai.inferers import sliding_window_inference

    def predictor(patch):  # (B, 1, H, W) -> (B, 2, H, W)
        scores = net.predict_on_batch(patch.permute(0, 2, 3, 1).numpy())
        return torch.from_numpy(np.ascontiguousarray(scores)).permute(0, 3, 1, 2)

    pixels = torch.from_numpy(np.asarray(image, np.float32)[None, None] / 255)
    scores = sliding_window_inference(
        pixels, (tile, tile), 1, predictor, overlap=0.25, mode="gaussian"
    )
    return float(scores[0, 1].mean())


def peak() -> float:
    """The most resident memory of this process so far, in megabytes."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def table(rows: list[dict]) -> str:
    """The rows in Markdown."""
    lines = [
        "| way | megapixels | tile | peak | above imports | seconds | megapixels/s |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {row['way']} | {row['megapixels']:g} | {row['tile']}² "
        f"| {row['peak MB']:.0f} MB | {row['above imports MB']:.0f} MB "
        f"| {row['seconds']:.1f} | {row['megapixels a second']:.2f} |"
        for row in rows
    ]
    small, large = (row["peak MB"] for row in rows[:2])
    lines += ["", f"Peak of the larger image over the smaller: {large / small:.3f}"]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
