"""`kerasseg evaluate`: how well a net segments the images of a data set."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from kerasseg.cli.evaluate_options import add_measure_options, add_reading_options
from kerasseg.cli.output import add_json_option, print_json
from kerasseg.cli.output_folder import check_folder
from kerasseg.cli.pixel_range import range_told
from kerasseg.errors import FileError, UsageError

FILES = {
    "report": "evaluation.json",
    "matrix": "confusion.png",
    "worst": "worst.png",
}
_NAMED_BY_USER = ("folders", "tiles", "instances")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "model", metavar="MODEL", help="a segmentation net, .keras or .h5"
    )
    parser.add_argument("dataset", metavar="DATASET", help="its folder")
    add_reading_options(parser)
    add_measure_options(parser)
    parser.add_argument(
        "-o",
        "--output",
        metavar="DIR",
        help="folder for the report, the confusion matrix and the worst images",
    )
    parser.add_argument(
        "--worst",
        type=int,
        default=5,
        metavar="N",
        help="how many of the worst images to list and draw (default: 5)",
    )
    parser.add_argument("--overwrite", action="store_true")
    add_json_option(parser)


def run(options: argparse.Namespace) -> int:
    from kerasseg.cli.loading import load_keras

    _check_options(options)
    load_keras()
    from kerasseg.cli.evaluate_model import Labeller
    from kerasseg.cli.evaluate_scores import Scores
    from kerasseg.cli.evaluate_tables import print_report

    dataset = _open_dataset(options)
    labeller = Labeller.from_options(options, dataset)
    scores = Scores(dataset, options, at_ignored=dataset.format == "voc")
    began = time.perf_counter()
    _measure(dataset, labeller, scores)
    facts = {
        "model": options.model,
        "dataset": options.dataset,
        "format": dataset.format,
        "split": dataset.split,
        "preprocess": labeller.mode,
        "scale": labeller.scale,
        "seconds": time.perf_counter() - began,
    }
    report = facts | scores.report()
    report["written"] = _write(report, scores, options) if options.output else []
    if options.json:
        print_json(report)
    else:
        print(range_told(labeller.mode, options.preprocess))
        print_report(report)
    return 0


def _check_options(options) -> None:
    """Finds every fault of the arguments before the work."""
    from kerasseg.files import check_readable, check_writable

    check_readable(options.model)
    if not Path(options.dataset).is_dir():
        there = Path(options.dataset).exists()
        raise FileError(options.dataset, "is no folder" if there else "no such folder")
    if options.worst < 0:
        raise UsageError(f"--worst {options.worst}: must be at least 0")
    if options.min_size < 1:
        raise UsageError(f"--min-size {options.min_size}: must be at least 1")
    if options.objects and not options.instances:
        raise UsageError("--class says which classes are objects; pass --instances too")
    if not options.output:
        return
    folder = Path(options.output)
    check_folder(folder)
    for name in FILES.values() if folder.exists() else ():
        check_writable(folder / name, options.overwrite)


def _open_dataset(options):
    from kerasseg.cli.open_data import check_format, open_data

    check_format(options.format)
    names = _names(options) if options.labels else {}
    return open_data(options.dataset, options.format, options.split, **names)


def _names(options):
    from kerasseg.data.class_names import read_class_names
    from kerasseg.data.readers import guess_format

    format = options.format or guess_format(Path(options.dataset))
    if format not in _NAMED_BY_USER:
        raise UsageError(f"--labels: the format {format} has names of its own")
    return {"names": read_class_names(options.labels)}


def _measure(dataset, labeller, scores) -> None:
    shows_progress = sys.stderr.isatty()
    for index in range(len(dataset)):
        sample = dataset[index]
        scores.add(sample, labeller.labels(sample))
        if shows_progress:
            end = "\n" if index + 1 == len(dataset) else ""
            print(f"\r{index + 1}/{len(dataset)} images", end=end, file=sys.stderr)


def _write(report, scores, options) -> list[str]:
    from kerasseg.cli.evaluate_picture import write_files

    paths = {key: Path(options.output) / name for key, name in FILES.items()}
    return [str(path) for path in write_files(report, scores, paths, options.overwrite)]
