"""How fast pooling with indices and unpooling run, beside PyTorch and scattering.

    python benchmarks/unpooling.py [--shape B H W C] [--repeats N] [--json]

Windows of 2×2, as in SegNet. kerasseg runs as `fit` and `predict` run it by default.
The peers are `MaxPool2d(return_indices=True)` with `MaxUnpool2d`, channels last, and
`max_pool_with_argmax` with `scatter_nd`. First all must give the same numbers.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from contenders import Contender, fastest, race
from conversion_memory import forget_peak, resident_mb
from unpooling_runs import FORMS, TASKS, index_bytes, runner, sides

NOTE = """\
Ratio: the time over that of kerasseg, medians of runs that took turns; the faster of
PyTorch's forms counts. Memory: the most resident above what the imports took, in a
process that does nothing else. Indices: bytes for each pooled value."""


def measure(shape: tuple, names: dict, repeats: int, memory: bool) -> list[dict]:
    """The rows of the table, one a side.

    Args:
        shape: Batch, height, width and channels of the map.
        names: The forms of each side.
        repeats: Rounds.
        memory: Whether to measure the memory, in further processes.
    """
    check_equal(shape, names)
    rows = [{"side": side, "index bytes": index_bytes(side, shape)} for side in names]
    for task in TASKS:
        contenders = {
            side: [Contender(form, runner(side, task, form, shape)) for form in forms]
            for side, forms in names.items()
        }
        everyone = [c for forms in contenders.values() for c in forms]
        for contender in everyone:
            for _ in range(3):  # traces, and compiles at the second run
                contender.run()
        race(everyone, repeats)
        for row in rows:
            best = fastest(contenders[row["side"]])
            row[f"{task} ms"], row[f"{task} form"] = best.milliseconds, best.form
            row[f"{task} ratio"] = best.milliseconds / rows[0][f"{task} ms"]
            if memory:
                row[f"{task} MB"] = _memory(row["side"], task, best.form, shape)
    return rows


def check_equal(shape: tuple, names: dict) -> None:
    """Stops unless every side gives the numbers of the first, gradients included."""
    wanted = None
    for side, forms in names.items():
        for form in forms:
            numbers = [np.asarray(a) for a in runner(side, "both", form, shape)()]
            wanted = numbers if wanted is None else wanted
            pairs = zip(numbers, wanted, strict=True)
            if not all(np.array_equal(mine, theirs) for mine, theirs in pairs):
                sys.exit(f"{side} ({form}) gives other numbers than kerasseg")


def _memory(side, task, form, shape) -> float:
    """Megabytes, measured in a process that runs this one thing."""
    command = [sys.executable, __file__, "--shape", *map(str, shape)]
    command += ["--memory-of", side, task, form]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return float(done.stdout.splitlines()[-1])


def _own_memory(side, task, form, shape) -> float:
    forget_peak()
    before = resident_mb("VmRSS")
    run = runner(side, task, form, shape)
    for _ in range(3):
        run()
    return resident_mb("VmHWM") - before


def table(rows: list[dict]) -> str:
    """The rows in Markdown."""
    header = ["way", "forward", "ratio", "forward and backward", "ratio", "memory"]
    lines = [[*header, "indices"], ["---"] * (len(header) + 1)]
    lines += [_cells(row) for row in rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _cells(row):
    cells = [row["side"]]
    for task in TASKS:
        cells.append(f"{row[f'{task} ms']:.1f} ms ({row[f'{task} form']})")
        cells.append(f"{row[f'{task} ratio']:.1f}")
    memory = [f"{row[key]:.0f}" for task in TASKS if (key := f"{task} MB") in row]
    cells.append(", ".join(memory) + " MB" if memory else "not measured")
    return [*cells, f"{row['index bytes']:g} B"]


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shape", nargs=4, type=int, default=(8, 128, 128, 64))
    parser.add_argument("--repeats", type=int, default=15, help="rounds, default 15")
    parser.add_argument("--no-memory", action="store_true", help="leave memory out")
    parser.add_argument(
        "--eager", action="store_true", help="leave torch.compile out, which is slow"
    )
    parser.add_argument("--json", action="store_true", help="rows as JSON")
    parser.add_argument("--memory-of", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    shape = tuple(options.shape)
    if options.memory_of:
        print(_own_memory(*options.memory_of, shape))
        return
    names = {side: list(FORMS[side]) for side in sides()}
    if "PyTorch" not in names:
        print(
            "PyTorch is not installed and left out: pip install torch", file=sys.stderr
        )
    elif options.eager:
        names["PyTorch"].remove("compiled")
    rows = measure(shape, names, options.repeats, not options.no_memory)
    print(json.dumps(rows, indent=2) if options.json else f"{table(rows)}\n\n{NOTE}")


if __name__ == "__main__":
    main()
