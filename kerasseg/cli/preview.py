"""`kerasseg preview`: what training would see of a data set."""

from __future__ import annotations

import argparse
from pathlib import Path

from kerasseg.cli.output import add_json_option, by, print_json
from kerasseg.cli.pixel_sizes import size_argument
from kerasseg.cli.scale_factor import scale_argument
from kerasseg.cli.train_settings import AUGMENTATIONS
from kerasseg.errors import FileError, UsageError

_MOST = 100


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("dataset", metavar="DATASET", help="folder of a data set")
    parser.add_argument(
        "-o", "--output", metavar="FILE", required=True, help="the picture, .png"
    )
    parser.add_argument(
        "--format",
        metavar="NAME",
        help="camvid, voc, cityscapes, … (default: told from the folder)",
    )
    parser.add_argument("--split", metavar="NAME", help="part of it (default: all)")
    parser.add_argument(
        "--augment",
        choices=AUGMENTATIONS,
        help="random changes (default: none)",
    )
    parser.add_argument(
        "--crop", type=size_argument, metavar="HxW", help="cut out at random places"
    )
    parser.add_argument(
        "--scale",
        type=scale_argument,
        default=1.0,
        metavar="FACTOR",
        help="shrink images, say by 0.5, as train does",
    )
    parser.add_argument(
        "--check",
        action="store_true",
        help="read all images and masks first; list those that are broken, and fail",
    )
    parser.add_argument("--seed", type=_count, default=0, metavar="N")
    parser.add_argument(
        "--count",
        type=_count,
        default=6,
        metavar="N",
        help=f"images to draw, 1 to {_MOST} (default: 6)",
    )
    parser.add_argument("--overwrite", action="store_true")
    add_json_option(parser)


def run(options: argparse.Namespace) -> int:
    from kerasseg.cli.loading import load_keras
    from kerasseg.files import check_writable

    if Path(options.output).suffix.lower() != ".png":
        raise FileError(options.output, "the name of a picture must end in .png")
    if not 1 <= options.count <= _MOST:
        raise UsageError(f"--count {options.count}: must be between 1 and {_MOST}")
    check_writable(options.output, options.overwrite)
    load_keras()
    from kerasseg.cli.open_data import open_data
    from kerasseg.cli.preview_picture import draw
    from kerasseg.cli.train_data import ScaledDataset
    from kerasseg.visualize import save_figure

    dataset = open_data(options.dataset, options.format, options.split)
    if options.check and (report := dataset.check()).problems:
        _list_broken(report, options)
        return 1
    if options.scale != 1:
        dataset = ScaledDataset(dataset, options.scale)
    rows = _examples(dataset, options)
    # Drawn without being asked for: a training weighs so if told to.
    figure = draw(rows, dataset, "with --weight-map unet")
    save_figure(figure, options.output, overwrite=options.overwrite)
    if options.json:
        print_json(_facts(dataset, rows, options))
    else:
        print(f"{dataset.name}: {len(dataset)} images, {dataset.classes} classes")
        print(f"  read as: {dataset.format} (--format says otherwise)")
        print(f"  {len(rows)} of them → {options.output}")
    return 0


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0")
    return int(text)


def _examples(dataset, options) -> list:
    """The first images of an epoch as training would see them."""
    from kerasseg.cli.preview_picture import Row
    from kerasseg.data import Pipeline
    from kerasseg.data.pipeline.order import Order

    indices = Order(len(dataset), 1, seed=options.seed).indices(0)[: options.count]
    with_map = dataset[int(indices[0])].instances is not None
    pipeline = Pipeline(
        dataset,
        1,
        crop_size=options.crop,
        augment=options.augment,
        seed=options.seed,
        preprocess=lambda image: image,
        weight_map="unet" if with_map else None,
    )
    return [
        Row(dataset[int(index)].name, *pipeline.example(0, int(index)))
        for index in indices
    ]


def _list_broken(report, options) -> None:
    if not options.json:
        print(report)
        return
    problems = [{"path": str(path), "problem": text} for path, text in report.problems]
    print_json({"dataset": report.name, "read": report.samples, "problems": problems})


def _facts(dataset, rows, options) -> dict:
    return {
        "dataset": dataset.name,
        "format": dataset.format,
        "images": len(dataset),
        "classes": list(dataset.names),
        "drawn": [{"name": r.name, "size": by(r.mask.shape)} for r in rows],
        "written": str(options.output),
    }
