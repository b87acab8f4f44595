"""`kerasseg train`: any network of the zoo on any data set."""

from __future__ import annotations

import argparse
import sys
import time
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from kerasseg.cli.output import add_json_option, print_json
from kerasseg.cli.train_config import config_from_options, config_text
from kerasseg.cli.train_settings import add_setting_flags
from kerasseg.errors import UsageError

_CONFIG, _NAMES, _COLORS = "config.toml", "classes.txt", "colors.txt"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "data", metavar="DATASET", nargs="?", help="folder of a data set"
    )
    parser.add_argument(
        "-o", "--output", metavar="DIR", required=True, help="folder of the run"
    )
    parser.add_argument(
        "--config", metavar="FILE", help="settings as TOML or YAML; flags win over it"
    )
    parser.add_argument(
        "--resume",
        action="store_true",
        help="go on with the run in the folder, if there is one, at the very next step",
    )
    parser.add_argument(
        "--overwrite", action="store_true", help="begin anew where there is a run"
    )
    parser.add_argument(
        "--dry-run",
        action="store_true",
        help="print the plan and draw one batch as DIR-batch.png",
    )
    add_json_option(parser)
    add_setting_flags(parser)
    parser.epilog = (
        "SIGTERM saves the run and exits with code 75: the same command with --resume "
        "goes on with it."
    )


def run(options: argparse.Namespace) -> int:
    from kerasseg.cli.loading import load_keras

    if options.resume and options.overwrite:
        raise UsageError("--resume and --overwrite cannot both be given")
    folder = Path(options.output)
    config = config_from_options(options, folder / _CONFIG)
    strategy = load_keras(lambda: _strategy(config))
    _prepare(config)
    from kerasseg.cli.train_data import open_parts, pipelines
    from kerasseg.cli.train_model import check_model

    check_model(config["model"])
    train, held_out = open_parts(config)
    batches = pipelines(config, train, held_out)
    if options.dry_run:
        return _show_plan(options, config, train, held_out, batches[0])
    return _train(options, config, train, batches, strategy)


def _strategy(config):
    from kerasseg.training.distribution import make_strategy

    return make_strategy(config["strategy"], config["devices"])


def _prepare(config: dict[str, Any]) -> None:
    """What holds for the whole process, before the first weight is drawn."""
    import keras

    keras.utils.set_random_seed(config["seed"])
    if config["mixed_precision"]:
        keras.config.set_dtype_policy("mixed_float16")
    if config["deterministic"] and keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        tf.config.experimental.enable_op_determinism()


def _show_plan(options, config, train, held_out, pipeline) -> int:
    from kerasseg.cli.train_model import builder_of
    from kerasseg.cli.train_picture import draw_batch
    from kerasseg.cli.train_plan import plan, print_plan
    from kerasseg.files import check_writable
    from kerasseg.visualize import save_figure

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
    return 0


def _train(options, config, train, batches, strategy) -> int:
    from kerasseg.training import TrainingTerminated

    began = time.perf_counter()
    try:
        with redirect_stdout(sys.stderr):  # Keras's bar; results stand alone
            folder = _fit(options, config, train, batches, strategy)
    except TrainingTerminated as stop:
        print(f"kerasseg train: {stop} (--resume)", file=sys.stderr)
        raise
    if strategy.is_chief:
        result = folder.path / _last_stage(config)
        _report(options, folder.path, result, time.perf_counter() - began)
    return 0


def _open_folder(options, config, train, strategy):
    """The folder of the run, with its settings and the names of its classes."""
    folder = strategy.open_run(
        options.output, resume=options.resume, overwrite=options.overwrite
    )
    if strategy.is_chief:
        folder.write_text(_CONFIG, config_text(config))
        folder.write_text(_NAMES, "".join(f"{name}\n" for name in train.names))
        colors = zip(train.colors, train.names, strict=True)
        lines = [f"{r} {g} {b} {name}\n" for (r, g, b), name in colors]
        folder.write_text(_COLORS, "".join(lines))
        first = "fcn32s" if config["staged"] else ""
        history = folder / first / "history.csv"
        print(f"{history} tells how far the run is, a line an epoch.", file=sys.stderr)
    return folder


def _fit(arguments, config, train, batches, strategy):
    """Trains one net, or the stages of an FCN; returns the folder of the run.

    The folder is opened, and an old run in it cleared, once nothing can be refused.
    """
    from kerasseg.cli.train_model import (
        STAGES,
        builder_of,
        loss_of,
        loss_weights_of,
        metrics_of,
        optimizer_of,
    )
    from kerasseg.training import Stage, fit, fit_stages
    from zoo.fcn import move_weights

    learning, held_out = batches
    shape = next(iter(learning.epoch(0)))[0].shape
    shape = tuple(int(n) for n in shape[1:])
    steps = config["steps"] or config["epochs"] * learning.steps_per_epoch

    def build(name):
        return builder_of(config, train.classes, shape, name)

    options = {
        "epochs": config["epochs"],
        "steps": config["steps"],
        "resume": True,  # the folder was checked, and cleared where that was asked for
        "every_steps": config["every_steps"],
        "every_minutes": config["every_minutes"],
        "keep": config["keep"],
        "monitor": config["monitor"],
        "early_stopping": config["early_stopping"],
        "colors": train.colors,
        "strategy": strategy,
        "verbose": int(sys.stderr.isatty()),
    }
    if config["staged"]:
        names = _stages(config, STAGES)
        model = build(names[-1])()
        loss = loss_of(config, train, model)
        folder = _open_folder(arguments, config, train, strategy)
        fit_stages(
            [
                Stage(name.lower(), build(name), lambda: optimizer_of(config, steps))
                for name in names
            ],
            learning,
            held_out,
            move_weights=move_weights,
            run_dir=folder.path,
            loss=loss,
            metrics=lambda: metrics_of(train, model),
            **options,
        )
        _refresh(config, folder / _last_stage(config), learning, strategy)
        return folder
    model = build(config["model"])()
    optimizer, loss = optimizer_of(config, steps), loss_of(config, train, model)
    folder = _open_folder(arguments, config, train, strategy)
    fit(
        model,
        learning,
        held_out,
        run_dir=folder.path,
        optimizer=optimizer,
        loss=loss,
        metrics=metrics_of(train, model),
        loss_weights=loss_weights_of(config, model),
        **options,
    )
    _refresh(config, folder.path, learning, strategy)
    return folder


def _last_stage(config) -> str:
    """The folder in the run that has the final net."""
    return config["model"].lower() if config["staged"] else ""


def _stages(config, stages) -> list[str]:
    if config["model"] not in stages[1:]:
        raise UsageError(
            f"--staged: goes with --model {' or '.join(stages[1:])}, not with "
            f"{config['model']}"
        )
    return list(stages[: stages.index(config["model"]) + 1])


def _refresh(config, folder, learning, strategy) -> None:
    """Takes the statistics of the best model anew, as SegNet's authors did."""
    if not config["refresh_statistics"] or not strategy.is_chief:
        return
    from kerasseg.files import load_model, save_model
    from kerasseg.training import refresh_batch_statistics

    path = folder / "best.keras"
    model = load_model(path)
    refresh_batch_statistics(model, learning)
    save_model(model, folder / "best_refreshed.keras")


def _report(options, folder: Path, result: Path, seconds: float) -> None:
    """Prints the best score and where it is.

    Args:
        options: From the command line.
        folder: Of the run.
        result: The folder in it that has the final net, or itself.
        seconds: What it took.
    """
    import json

    path = result / "metrics.json"
    found = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    if options.json:
        print_json({**found, "seconds": seconds, "run": str(folder)})
        return
    if found:
        print(_best_told(found, result / "best.keras"))
    print(f"The run is in {folder} after {seconds:.0f} seconds.")


def _best_told(found, path: Path) -> str:
    best = found["best"]
    if best["epoch"] is None:
        return f"Best: none, as {best['monitor']} was no number in any epoch"
    return (
        f"Best: epoch {best['epoch']} of {found['epochs']}, "
        f"{best['monitor']} {best['value']:.4f} → {path}"
    )
