"""`kerasseg train`: any network of the zoo on any data set."""

from __future__ import annotations

import argparse
import sys
import time
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from kerasseg.cli.determinism import compute_deterministically
from kerasseg.cli.output import add_json_option
from kerasseg.cli.train_config import config_from_options
from kerasseg.cli.train_settings import add_setting_flags
from kerasseg.errors import UsageError
from kerasseg.run_files import CONFIG


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
    config = config_from_options(options, Path(options.output) / CONFIG)
    strategy = load_keras(lambda: _strategy(config))
    _prepare(config)
    from kerasseg.cli.train_data import open_parts, pipelines
    from kerasseg.cli.train_model import check_model
    from kerasseg.training.distribution.chief import let_chief

    if not options.dry_run:
        let_chief(strategy, lambda: _check_folders(options, config))
    check_model(config, config["model"])
    train, held_out = open_parts(config)
    batches = pipelines(config, train, held_out)
    training = _training(options, config, train, batches, strategy)
    if options.dry_run:
        from kerasseg.cli.train_dry_run import show_plan

        show_plan(training)
        return 0
    return _train(training)


def _strategy(config):
    from kerasseg.training.distribution import make_strategy

    return make_strategy(config["strategy"], config["devices"])


def _check_folders(options, config) -> None:
    """Before the data are read, which may take long; they are opened much later."""
    from kerasseg.cli.train_stages import stages_of
    from kerasseg.training import RunFolder

    folder = Path(options.output)
    RunFolder.check(folder, options.resume, options.overwrite)
    for name in stages_of(config["model"]) if config["staged"] else ():
        if options.resume or options.overwrite:
            RunFolder.check(folder / name.lower(), options.resume, options.overwrite)


def _prepare(config: dict[str, Any]) -> None:
    """What holds for the whole process, before the first weight is drawn."""
    import keras

    keras.utils.set_random_seed(config["seed"])
    if config["mixed_precision"]:
        keras.config.set_dtype_policy("mixed_float16")
    if config["deterministic"]:
        compute_deterministically()


def _training(options, config, train, batches, strategy):
    from kerasseg.cli.train_run import Training

    verbose = int(sys.stderr.isatty())
    return Training(options, config, train, *batches, strategy, verbose)


def _train(training) -> int:
    from kerasseg.cli.train_report import report
    from kerasseg.training import TrainingTerminated

    began = time.perf_counter()
    try:
        with redirect_stdout(sys.stderr):  # Keras's bar; results stand alone
            result = training.run()
    except TrainingTerminated as stop:
        print(f"kerasseg train: {stop} (--resume)", file=sys.stderr)
        raise
    if training.strategy.is_chief:
        folder = Path(training.options.output)
        report(training.options, folder, result, time.perf_counter() - began)
    return 0
