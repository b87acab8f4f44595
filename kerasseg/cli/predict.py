"""`kerasseg predict`: masks of class ids for photos of any size."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from kerasseg.cli.output import (
    add_json_option,
    by,
    print_json,
    print_table,
    size_argument,
)
from kerasseg.cli.pixel_range import range_told
from kerasseg.cli.predict_inputs import Job, find_jobs, part_argument
from kerasseg.cli.segmentation_net import add_net_options
from kerasseg.errors import FileError, UsageError

DEFAULT_TILE = 768


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "model", metavar="MODEL", help="a segmentation net, .keras or .h5"
    )
    parser.add_argument(
        "images", metavar="IMAGE", nargs="+", help="photos, folders, or quoted patterns"
    )
    parser.add_argument(
        "-o", "--output", metavar="DIR", required=True, help="folder for the masks"
    )
    add_net_options(parser)
    _add_tiles(parser)
    _add_results(parser)
    _add_sharing(parser)
    add_json_option(parser)


def _add_tiles(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--tile",
        type=size_argument,
        metavar="HxW",
        help="the largest tile to run at once; memory grows with it (default: the "
        f"model's own size, or {DEFAULT_TILE})",
    )
    parser.add_argument(
        "--overlap",
        type=_count_argument,
        metavar="N",
        help="pixels that tiles share (default: as many as make them equal one piece)",
    )
    parser.add_argument("--blend", choices=("crop", "gaussian", "mean"), default="crop")
    parser.add_argument(
        "--batch", type=_count_argument, default=1, metavar="N", help="tiles at once"
    )
    parser.add_argument(
        "--flips", action="store_true", help="average over the mirror images"
    )
    parser.add_argument(
        "--rotations", action="store_true", help="average over turns by quarters"
    )


def _add_results(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--labels",
        metavar="FILE",
        help="class names: one a line, or JSON (default: those in the palette's file)",
    )
    parser.add_argument(
        "--palette",
        metavar="FILE",
        help="colours: a palette PNG such as a mask of the data set, or a text file "
        "with red, green and blue of a class a line, such as colors.txt of a run "
        "(default: those of PASCAL VOC)",
    )
    parser.add_argument(
        "--overlay", action="store_true", help="write the masks over the photos too"
    )
    parser.add_argument(
        "--counts", metavar="FILE", help="count pixels and objects, in a CSV file"
    )
    parser.add_argument(
        "--min-size",
        type=_count_argument,
        default=1,
        metavar="PIXELS",
        help="objects with fewer are not counted",
    )


def _add_sharing(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--worker",
        type=part_argument,
        default=(0, 1),
        metavar="I/N",
        help="take every Nth photo from the Ith on: 0/4, 1/4, 2/4 and 3/4 share them",
    )
    parser.add_argument(
        "--resume", action="store_true", help="leave out photos that have their mask"
    )
    parser.add_argument("--overwrite", action="store_true")


def run(options: argparse.Namespace) -> int:
    from kerasseg.cli.loading import load_keras
    from kerasseg.cli.predict_counts import write_counts

    jobs = _check_files(options)
    load_keras()
    predictor = _predictor(options)
    reports, failures = [], []
    for job in jobs:
        try:
            report = _one_image(predictor, job, options)
        except FileError as error:  # the others have a right to their masks
            failures.append(error)
            print(f"kerasseg predict: error: {error}", file=sys.stderr)
            continue
        if not options.json:
            if all(done["skipped"] for done in reports) and not report["skipped"]:
                print(range_told(predictor.mode, options.preprocess))
            _print(report)
        reports.append(report)
    if options.counts:
        done = [job for job in jobs if job.mask.exists()]
        path = write_counts(done, predictor.names, predictor.classes, options)
        print(f"counts → {path}", file=sys.stderr if options.json else sys.stdout)
    if options.json:
        facts = {"model": options.model, "preprocess": predictor.mode}
        facts |= {"scale": predictor.scale, "images": reports}
        print_json({**facts, "failed": [str(failure) for failure in failures]})
    return 1 if failures else 0


def _check_files(options) -> list[Job]:
    """What to do; every fault of the arguments is found before the work."""
    from kerasseg.cli.predict_counts import counts_path
    from kerasseg.files import check_readable, check_writable

    check_readable(options.model)
    if options.batch < 1:
        raise UsageError(f"--batch {options.batch}: must be at least 1")
    if options.resume and options.overwrite:
        raise UsageError("--resume keeps masks and --overwrite replaces them; pass one")
    jobs = find_jobs(options.images, Path(options.output), options.worker)
    for job in jobs:
        for file in (job.mask, job.overlay) if options.overlay else (job.mask,):
            if file.parent.exists():
                check_writable(file, options.overwrite or options.resume)
    if options.counts:
        path = counts_path(options)
        if path.parent.exists() or path.parent != Path(options.output):
            check_writable(path, options.overwrite or options.resume)
    return jobs


def _predictor(options):
    from kerasseg.cli.predict_model import Predictor

    return Predictor.from_options(options)


def _one_image(predictor, job: Job, options) -> dict:
    from kerasseg.cli.predict_output import is_done, stored_report, write_result

    note = predictor.note(job.image)
    if options.resume and is_done(job, note, options.overlay):
        return stored_report(job)
    began = time.perf_counter()
    image, labels = predictor.predict(job.image)
    seconds = time.perf_counter() - began
    colors, background = predictor.colors, predictor.background
    write_result(job, image, labels, colors, background, note, options)
    return {
        "image": str(job.image),
        "size": list(labels.shape),
        "mask": str(job.mask),
        "seconds": seconds,
        "skipped": False,
        "pixels": predictor.pixels(labels),
    }


def _print(report: dict) -> None:
    if report["skipped"]:
        print(f"{report['image']}: done before → {report['mask']}")
        return
    print(
        f"{report['image']}: {by(report['size'])} pixels in {report['seconds']:.2f} s "
        f"→ {report['mask']}"
    )
    total = sum(report["pixels"].values())
    shares = [(name, f"{n / total:.1%}") for name, n in report["pixels"].items() if n]
    print_table(shares)


def _count_argument(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of 0 or more")
    return int(text)
