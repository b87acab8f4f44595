"""What `kerasseg train` says at the end: how good the best net is, and where it is."""

from __future__ import annotations

import argparse
import json
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
    if options.json:
        print_json({**found, "seconds": seconds, "run": str(folder)})
        return
    if found:
        print(_best_told(found, result / BEST))
    print(f"The run is in {folder} after {seconds:.0f} seconds.")


def _best_told(found: dict[str, Any], path: Path) -> str:
    best = found["best"]
    if best["epoch"] is None:
        return f"Best: none, as {best['monitor']} was no number in any epoch"
    return (
        f"Best: epoch {best['epoch']} of {found['epochs']}, "
        f"{best['monitor']} {best['value']:.4f} → {path}"
    )
