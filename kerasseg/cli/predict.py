"""`kerasseg predict`: masks of class ids for photos of any size."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from kerasseg.cli.output import add_json_option, by, print_json, print_table
from kerasseg.cli.pixel_range import range_told
from kerasseg.cli.predict_inputs import Job, find_jobs
from kerasseg.cli.predict_options import (
    add_result_options,
    add_sharing_options,
    add_tile_options,
)
from kerasseg.cli.segmentation_net import add_net_options
from kerasseg.errors import FileError, UsageError


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
    add_tile_options(parser)
    add_result_options(parser)
    add_sharing_options(parser)
    add_json_option(parser)


def run(options: argparse.Namespace) -> int:
    from kerasseg.cli.loading import load_keras
    from kerasseg.cli.predict_counts import write_counts

    jobs = _check_files(options)
    load_keras()
    from kerasseg.cli.predict_model import Predictor

    predictor = Predictor.from_options(options)
    done, reports, failures = [], [], []
    for job in jobs:
        try:
            report = _one_image(predictor, job, options)
        except FileError as error:  # the others have a right to their masks
            failures.append(error)
            print(f"kerasseg predict: error: {error}", file=sys.stderr)
            continue
        if not options.json:
            if all(r["skipped"] for r in reports) and not report["skipped"]:
                print(range_told(predictor.mode, options.preprocess))
            _print(report)
        done.append(job)
        reports.append(report)
    if options.counts:  # not of masks that were refused, nor of old ones
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
