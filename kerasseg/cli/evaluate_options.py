"""The flags of `kerasseg evaluate`: how data and net are read, what is measured."""

from __future__ import annotations

import argparse

from kerasseg.cli.pixel_sizes import size_argument
from kerasseg.cli.segmentation_net import add_net_options


def add_reading_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--format",
        metavar="NAME",
        help="format of the data set, such as camvid, voc, cityscapes or folders "
        "(default: told from the folder)",
    )
    parser.add_argument(
        "--split", metavar="NAME", help="part of the data set (default: all)"
    )
    parser.add_argument(
        "--labels",
        metavar="FILE",
        help="class names, one a line or JSON, where the data set has none",
    )
    add_net_options(parser)
    parser.add_argument(
        "--tile",
        type=size_argument,
        metavar="HxW",
        help="the largest tile to run at once (default: the model's own size, or the "
        "whole image up to two megapixels)",
    )


def add_measure_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--boundaries",
        action="store_true",
        help="measure boundary F1 and the accuracy near boundaries too",
    )
    parser.add_argument(
        "--instances",
        action="store_true",
        help="take the connected parts of a class for objects, and measure those too",
    )
    parser.add_argument(
        "--class",
        dest="objects",
        action="append",
        metavar="NAME|N",
        help="a class of objects for --instances (default: all but the first)",
    )
    parser.add_argument(
        "--min-size",
        type=int,
        default=1,
        metavar="PIXELS",
        help="predicted objects with fewer are dropped",
    )
