"""What `kerasseg train --dry-run` shows: the plan, and one batch as a picture."""

from __future__ import annotations

from pathlib import Path

from kerasseg.cli.output import print_json
from kerasseg.cli.train_picture import draw_batch
from kerasseg.cli.train_plan import plan, print_plan
from kerasseg.cli.train_run import Training
from kerasseg.files import check_writable
from kerasseg.visualize import save_figure


def show_plan(training: Training) -> None:
    """Builds the net, prints the plan and draws the first batch; trains nothing.

    Args:
        training: What would run; of its options `output`, `overwrite` and `json`.

    Raises:
        UsageError, ArgumentError, FileError: The training would be refused, or the
            picture cannot be written.
    """
    options, pipeline = training.options, training.learning
    path = Path(f"{options.output.rstrip('/')}-batch.png")
    if path.parent.exists():  # else a training would make it
        check_writable(path, options.overwrite)
    model, _ = training.prepare()
    batch = [array.numpy() for array in next(iter(pipeline.epoch(0)))]
    shapes = [array.shape for array in batch]
    held_out = training.held_out and training.held_out.dataset
    facts = plan(training.config, model, training.data, held_out, pipeline, shapes)
    figure = draw_batch(batch, pipeline.sample_names(0), training.data)
    path.parent.mkdir(parents=True, exist_ok=True)
    save_figure(figure, path, options.overwrite)
    if options.json:
        print_json({**facts, "written": str(path)})
    else:
        print_plan(facts)
        print(f"One batch is drawn in {path}; nothing was trained.")
