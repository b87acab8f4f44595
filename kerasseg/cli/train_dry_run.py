"""What `kerasseg train --dry-run` shows: the plan, and one batch as a picture."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from kerasseg.cli.output import print_json
from kerasseg.cli.train_model import builder_of
from kerasseg.cli.train_picture import draw_batch
from kerasseg.cli.train_plan import plan, print_plan
from kerasseg.files import check_writable
from kerasseg.visualize import save_figure


def show_plan(
    options: argparse.Namespace,
    config: dict[str, Any],
    train: Any,
    held_out: Any,
    pipeline: Any,
) -> None:
    """Builds the net, prints the plan and draws the first batch; trains nothing.

    Args:
        options: `output`, `overwrite` and `json` of the command.
        config: The settings.
        train: The data set to train on.
        held_out: The data set to validate on, or `None`.
        pipeline: The batches to train on.

    Raises:
        UsageError, FileError: The net cannot be built, or the picture not written.
    """
    path = Path(f"{options.output.rstrip('/')}-batch.png")
    check_writable(path, options.overwrite)
    batch = [array.numpy() for array in next(iter(pipeline.epoch(0)))]
    shape = batch[0].shape
    model = builder_of(config, train.classes, shape[1:], config["model"])()
    shapes = [array.shape for array in batch]
    facts = plan(config, model, train, held_out, pipeline, shapes)
    figure = draw_batch(batch, pipeline.sample_names(0), train)
    save_figure(figure, path, options.overwrite)
    if options.json:
        print_json({**facts, "written": str(path)})
    else:
        print_plan(facts)
        print(f"One batch is drawn in {path}; nothing was trained.")
