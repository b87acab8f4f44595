"""The flags of `kerasseg predict`: tiles, what is made of masks, sharing of photos."""

from __future__ import annotations

import argparse

from kerasseg.cli.pixel_sizes import size_argument
from kerasseg.cli.predict_inputs import part_argument

DEFAULT_TILE = 768


def add_tile_options(parser: argparse.ArgumentParser) -> None:
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


def add_result_options(parser: argparse.ArgumentParser) -> None:
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


def add_sharing_options(parser: argparse.ArgumentParser) -> None:
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


def _count_argument(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of 0 or more")
    return int(text)
