"""How long the weight map of U-Net takes, beside one distance transform a cell.

    python benchmarks/weight_map.py [--size PIXELS] [--cells N] [--repeats N] [--json]

The peer is the usual way: a distance transform of the whole image for each cell, of
which the two smallest count. First both must give the same map.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time

import numpy as np
from scipy import ndimage

from kerasseg.data import unet_weight_map

NOTE = """\
Ratio: the time over that of kerasseg, medians of runs that took turns."""


def strewn_cells(size: int, count: int, seed: int = 0) -> np.ndarray:
    """Discs on a jittered grid, `count` of them, some touching."""
    rng = np.random.default_rng(seed)
    columns = int(np.ceil(np.sqrt(count)))
    step = size / columns
    labels = np.zeros((size, size), np.int32)
    y, x = np.indices(labels.shape, sparse=True)
    for number in range(count):
        middle = np.array(divmod(number, columns)) + 0.5 + rng.uniform(-0.2, 0.2, 2)
        radius = rng.uniform(0.25, 0.5) * step
        distance = np.hypot(y - middle[0] * step, x - middle[1] * step)
        labels[distance < max(radius, 0.8)] = number + 1
    return labels


def whole_transforms(labels: np.ndarray, w0: float = 10, sigma: float = 5):
    """The map with w_c = 1 by one transform a cell, keeping the two smallest."""
    nearest = np.full(labels.shape, np.inf)
    second = np.full(labels.shape, np.inf)
    for number in range(1, labels.max() + 1):
        far = ndimage.distance_transform_edt(labels != number)
        second = np.minimum(second, np.maximum(nearest, far))
        nearest = np.minimum(nearest, far)
    term = w0 * np.exp(-np.square((nearest + second) / sigma) / 2)
    return 1 + term * (labels == 0)


def measure(size: int, cells: int, repeats: int) -> list[dict]:
    """The rows of the table; stops where the two maps differ."""
    labels = strewn_cells(size, cells)
    found = len(np.unique(labels)) - 1
    ways = {"kerasseg": unet_weight_map, "one transform a cell": whole_transforms}
    maps = [way(labels) for way in ways.values()]
    difference = float(np.abs(maps[0] - maps[1]).max())
    if difference > 1e-4:
        sys.exit(f"the two maps differ by {difference:.2g}")
    times = {name: [] for name in ways}
    for _ in range(repeats):
        for name, way in ways.items():
            start = time.perf_counter()
            way(labels)
            times[name].append(1e3 * (time.perf_counter() - start))
    medians = {name: statistics.median(runs) for name, runs in times.items()}
    return [
        {
            "way": name,
            "image": f"{size}², {found} cells",
            "ms": median,
            "ratio": median / medians["kerasseg"],
            "difference": difference,
        }
        for name, median in medians.items()
    ]


def table(rows: list[dict]) -> str:
    """The rows in Markdown."""
    lines = [["way", "image", "time", "ratio", "difference"], ["---"] * 5]
    lines += [
        [
            *(row["way"], row["image"], f"{row['ms']:.1f} ms"),
            *(f"{row['ratio']:.1f}", f"{row['difference']:.0e}"),
        ]
        for row in rows
    ]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=512, help="pixels, default 512")
    parser.add_argument("--cells", type=int, default=200, help="default 200")
    parser.add_argument("--repeats", type=int, default=5, help="rounds, default 5")
    parser.add_argument("--json", action="store_true", help="rows as JSON")
    options = parser.parse_args(arguments)
    rows = measure(options.size, options.cells, options.repeats)
    print(json.dumps(rows, indent=2) if options.json else f"{table(rows)}\n\n{NOTE}")


if __name__ == "__main__":
    main()
