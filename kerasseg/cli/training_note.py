"""What a net was trained with, where its run says so and the command says otherwise."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from kerasseg.cli.train_config import read_config
from kerasseg.errors import KerasSegError
from kerasseg.run_files import CONFIG


def note_training(options: argparse.Namespace, mode: str) -> None:
    """Says on standard error which options give the net what it learned from.

    Nothing is taken from the run unasked: the same command gives the same masks
    wherever the model file lies.

    Args:
        options: `command`, `model`, `scale` and `preprocess`.
        mode: Of `kerasseg.data.preprocess`, the one that is used.
    """
    path, config = _run_of(Path(options.model))
    flags, scale = [], options.scale or 1
    if config.get("scale", scale) != scale:
        flags.append(f"--scale {config['scale']!r}")
    if config.get("preprocess", mode) != mode:
        flags.append(f"--preprocess {config['preprocess']}")
    if flags:
        print(
            f"kerasseg {options.command}: note: {path}: the net was trained with "
            f"{' '.join(flags)}; pass the same here",
            file=sys.stderr,
        )


def _run_of(model: Path) -> tuple[Path, dict[str, Any]]:
    """The settings of the run that a model file lies in, or none."""
    for folder in (model.parent, model.absolute().parent.parent):
        path = folder / CONFIG
        try:
            config = read_config(path)
        except KerasSegError:  # none, or that of another program
            continue
        if folder == model.parent or config.get("staged"):  # each stage has a folder
            return path, config
    return model, {}
