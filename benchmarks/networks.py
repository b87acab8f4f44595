"""How fast the segmentation nets run and train, beside the same nets in PyTorch.

    python benchmarks/networks.py [--only NET] [--repeats N] [--no-memory] [--json]

Each net is compared in its fastest form with the fastest of PyTorch's: medians of runs
that took turns. First both must give the same scores with the same weights.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

try:
    import torch  # noqa: F401
except ImportError:
    sys.exit("benchmarks/networks.py compares with PyTorch: pip install torch")

from contenders import Contender, fastest, race
from conversion_memory import forget_peak, resident_mb
from network_runs import CASES, FORMS, TASKS, Case, difference, runner

NOTE = """\
Ratio: the time of PyTorch over that of kerasseg, each in its fastest form; above 1
kerasseg is faster. Memory: the most resident above what the imports took, in a process
that does nothing else. Difference: the largest between the scores of the two, over the
largest score, both nets in float64."""

_TOLERANCE = 1e-6  # scores are rounded to float32 at the end


def measure(
    name: str,
    case: Case,
    forms: dict[str, list[str]],
    repeats: int,
    memory_options: list[str] | None,
) -> dict:
    """One row of the table.

    Args:
        name: Name of the case.
        case: The net.
        forms: Which forms of either side race.
        repeats: Rounds.
        memory_options: Options for the processes that measure memory, `None` for none.
    """
    row = {"net": _title(case), "difference": difference(case)}
    if not row["difference"] <= _TOLERANCE:
        sys.exit(f"{name}: the two nets differ by {row['difference']:.0e}")
    for task in TASKS:
        best = _race(name, task, case, forms, repeats)
        for side, contender in best.items():
            row[f"{side} {task} ms"] = contender.milliseconds
            row[f"{side} {task} form"] = contender.form
            if memory_options is not None:
                what = [side, task, contender.form]
                row[f"{side} {task} MB"] = _memory([name, *memory_options], what)
        row[f"{task} ratio"] = row[f"PyTorch {task} ms"] / row[f"kerasseg {task} ms"]
    return row


def _title(case):
    batch, height, width, _ = case.shape
    net = type(case.build_theirs()).__name__
    return f"{net}, {case.filters} filters, {batch}×{height}×{width}"


def _race(name, task, case, forms, repeats) -> dict[str, Contender]:
    """The fastest of either side, once all forms have taken turns."""
    sides = {
        side: [Contender(form, runner(side, task, form, case)) for form in names]
        for side, names in forms.items()
    }
    everyone = [contender for side in sides.values() for contender in side]
    for contender in everyone:
        contender.run()  # traces and compiles
        contender.run()
    race(everyone, repeats)
    for contender in everyone:
        times = (
            f"{contender.milliseconds:.1f} ms, at best {min(contender.times):.1f} ms"
        )
        print(f"  {name} {task}, {contender.form}: {times}", file=sys.stderr)
    return {side: fastest(contenders) for side, contenders in sides.items()}


def _memory(case_options: list[str], what: list[str]) -> float:
    """Megabytes, measured in a process that runs this one thing."""
    command = [sys.executable, __file__, "--only", *case_options, "--memory-of", *what]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return float(done.stdout.splitlines()[-1])


def _own_memory(side: str, task: str, form: str, case: Case) -> float:
    forget_peak()
    before = resident_mb("VmRSS")
    run = runner(side, task, form, case)
    for _ in range(3):
        run()
    return resident_mb("VmHWM") - before


def table(rows: list[dict]) -> str:
    """The rows in Markdown."""
    names = ["net"]
    for task in TASKS:
        names += [f"{task}: kerasseg", "PyTorch", "ratio", "memory"]
    names.append("difference")
    lines = [f"| {' | '.join(names)} |", "|" + "---|" * len(names)]
    return "\n".join(lines + [_line(row) for row in rows])


def _line(row):
    cells = [row["net"]]
    for task in TASKS:
        cells += [
            f"{row[f'{side} {task} ms']:.0f} ms ({row[f'{side} {task} form']})"
            for side in FORMS
        ]
        cells.append(f"{row[f'{task} ratio']:.2f}")
        known = [row[key] for side in FORMS if (key := f"{side} {task} MB") in row]
        cells.append(" : ".join(f"{megabytes:.0f}" for megabytes in known) + " MB")
    cells.append(f"{row['difference']:.0e}")
    return f"| {' | '.join(cells)} |"


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=CASES, help="one net")
    parser.add_argument("--repeats", type=int, default=7, help="rounds, default 7")
    parser.add_argument("--tiny", action="store_true", help="shows only that it works")
    parser.add_argument("--no-memory", action="store_true", help="leave memory out")
    parser.add_argument(
        "--eager", action="store_true", help="leave torch.compile out, which is slow"
    )
    parser.add_argument("--json", action="store_true", help="rows as JSON")
    parser.add_argument("--memory-of", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    forms = {side: list(forms) for side, forms in FORMS.items()}
    if options.eager:
        forms["PyTorch"].remove("compiled")
    names = [options.only] if options.only else list(CASES)
    cases = {name: CASES[name] for name in names}
    if options.tiny:
        cases = {name: case.tiny() for name, case in cases.items()}
    if options.memory_of:
        print(_own_memory(*options.memory_of, cases[options.only]))
        return
    passed_on = None if options.no_memory else ["--tiny"] * options.tiny
    rows = [
        measure(name, case, forms, options.repeats, passed_on)
        for name, case in cases.items()
    ]
    print(json.dumps(rows, indent=2) if options.json else f"{table(rows)}\n\n{NOTE}")


if __name__ == "__main__":
    main()
