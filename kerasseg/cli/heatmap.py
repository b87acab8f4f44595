"""`kerasseg heatmap`: where on a photo a classifier sees a class."""

from __future__ import annotations

import argparse
from pathlib import Path

from kerasseg.cli.conversion import add_activation_option, channels_of
from kerasseg.cli.heatmap_model import (
    as_fcn,
    preprocessing,
    sides_told,
    with_both_sides,
)
from kerasseg.cli.model_file import add_model_options, load_from_options
from kerasseg.cli.model_head import with_one_head
from kerasseg.cli.output import add_json_option, print_json
from kerasseg.cli.output_folder import check_folder
from kerasseg.cli.pixel_range import add_preprocess_option, range_told
from kerasseg.cli.pixel_sizes import add_native_size_option, add_output_stride_option
from kerasseg.errors import FileError, UsageError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "model", metavar="MODEL", help="a classifier or a converted net, .keras or .h5"
    )
    parser.add_argument("images", metavar="IMAGE", nargs="+", help="photos of any size")
    parser.add_argument(
        "-o", "--output", metavar="DIR", required=True, help="folder for the pictures"
    )
    parser.add_argument(
        "--class",
        dest="wanted",
        metavar="NAME|N",
        help="the class to show, by name or number (default: the surest one); a single "
        "unit speaks for class 1, and class 0 is its other side",
    )
    parser.add_argument(
        "--labels",
        metavar="FILE",
        help="class names: a text file with one a line, or JSON; of a single unit, the "
        "names of its classes 0 and 1",
    )
    parser.add_argument(
        "--head", metavar="NAME", help="which output to show, where there are several"
    )
    add_preprocess_option(parser)
    parser.add_argument(
        "--scale",
        type=float,
        default=1.0,
        metavar="FACTOR",
        help="enlarge or shrink the photo first, to find larger or smaller objects",
    )
    add_native_size_option(parser)
    add_output_stride_option(parser)
    add_activation_option(parser)
    parser.add_argument("--method", choices=("bilinear", "nearest"), default="bilinear")
    parser.add_argument(
        "--raw",
        action="store_true",
        help="write the scores of all classes as .npy too, (rows, columns, classes)",
    )
    parser.add_argument("--overwrite", action="store_true")
    add_model_options(parser)
    add_json_option(parser)


def run(options: argparse.Namespace) -> int:
    from kerasseg.cli.loading import load_keras
    from kerasseg.data.class_names import read_class_names

    targets = _check_files(options)
    names = read_class_names(options.labels) if options.labels else None
    load_keras()
    model = with_one_head(load_from_options(options)[0], options)
    fcn = as_fcn(model, options)
    told = None
    if fcn.outputs[0].shape[-1] == 1:
        told, fcn = sides_told(fcn), with_both_sides(fcn)
    chosen = _chosen_class(fcn, names, told, options)
    mode = preprocessing(model, options.preprocess)
    _check_photos(fcn, targets, mode, options.scale)
    if not options.json:
        print(range_told(mode, options.preprocess))
        if told:
            print(told)
    reports = _map_photos(fcn, targets, chosen, names, mode, options)
    if options.json:
        print_json({"model": options.model, "preprocess": mode, "images": reports})
    return 0


def _check_files(options) -> dict[str, Path]:
    """The picture for each photo; every fault of a file is found before the work."""
    from kerasseg.data.images import check_image
    from kerasseg.files import check_readable, check_writable

    check_readable(options.model)
    if not 0 < options.scale <= 100:
        raise UsageError(f"--scale {options.scale}: must be between 0 and 100")
    folder = Path(options.output)
    check_folder(folder)
    targets: dict[str, Path] = {}
    for path in options.images:
        check_image(path)
        target = folder / f"{Path(path).stem}_heatmap.png"
        if target in targets.values():
            raise UsageError(f"{path}: two photos would give the picture {target}")
        written = [target, target.with_suffix(".npy")] if options.raw else [target]
        for file in written if folder.exists() else ():
            check_writable(file, options.overwrite)
        targets[path] = target
    return targets


def _chosen_class(fcn, names, told: str | None, options) -> int | None:
    """The number of the class that `--class` names, once the names are found to fit."""
    from kerasseg.data.class_names import find_class

    count = fcn.outputs[0].shape[-1]
    if names and len(names) != count:
        sides = ", the two sides of its one unit" if told else ""
        raise UsageError(
            f"{options.labels}: holds {len(names)} names, and the model has {count} "
            f"classes{sides}"
        )
    if options.wanted is None:
        return None
    return find_class(options.wanted, names, count)


def _check_photos(fcn, paths, mode: str, scale: float) -> None:
    """Decodes every photo once: a bad one must stop the command before it writes."""
    from kerasseg.data.images import read_image
    from kerasseg.errors import ArgumentError
    from kerasseg.inference.heatmap import map_size

    shape = fcn.inputs[0].shape
    channels = channels_of(shape)
    if mode in ("caffe", "torch") and channels != 3:
        raise UsageError(f"--preprocess {mode}: the model takes {channels} channels")
    for path in paths:
        try:
            size = read_image(path, channels, scale).shape
            map_size(fcn, size[: len(shape) - 1])
        except ArgumentError as error:
            raise FileError(path, f"{error} See --scale.") from error


def _map_photos(fcn, targets, chosen, names, mode: str, options) -> list[dict]:
    from kerasseg.cli.heatmap_photo import map_photo, print_report

    reports = []
    for path, target in targets.items():
        report = map_photo(fcn, path, target, chosen, names, mode, options)
        reports.append(report)
        if not options.json:
            print_report(report)
    return reports
