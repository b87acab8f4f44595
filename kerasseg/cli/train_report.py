"""What `kerasseg train` says at the end: how good the best net is, and where it is."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from kerasseg.cli.output import print_json
from kerasseg.run_files import BEST, METRICS


def report(
    options: argparse.Namespace, folder: Path, result: Path, seconds: float
) -> None:
    """Prints the best score and where it is.

    Args:
        options: From the command line.
        folder: Of the run.
        result: The folder in it that has the final net, or itself.
        seconds: What it took.
    """
    path = result / METRICS
    found = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    _warn_of_nothing(found.get("last", {}))
    if options.json:
        print_json({**found, "seconds": seconds, "run": str(folder)})
        return
    if found:
        print(_best_told(found, result / BEST))
    print(f"The run is in {folder} after {seconds:.0f} seconds.")


def _warn_of_nothing(last: dict[str, Any]) -> None:
    """Says so if no pixel counted: nothing is lost then, and nothing is right."""
    for prefix, part in (("", "training"), ("val_", "validation")):
        if all(last.get(prefix + name) == 0 for name in ("loss", "mean_iou")):
            print(
                f"Warning: no pixel of the {part} counted, as if all were of the "
                "ignored class; look at the masks and at the names of the classes.",
                file=sys.stderr,
            )


def _best_told(found: dict[str, Any], path: Path) -> str:
    best = found["best"]
    if best["epoch"] is None:
        if path.exists():  # it stays until an epoch is judged by the new monitor
            return f"Best: none by {best['monitor']} yet; by the monitor before: {path}"
        return "Best: none, as no epoch had a finite loss, measure and weights"
    return (
        f"Best: epoch {best['epoch']} of {found['epochs']}, "
        f"{best['monitor']} {best['value']:.4f} → {path}"
    )
