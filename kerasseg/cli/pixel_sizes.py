"""Sizes and strides in pixels, of all commands that take them."""

from __future__ import annotations

import argparse


def add_native_size_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--native-size",
        type=size_argument,
        metavar="HxW",
        help="size of the training images, where the model leaves it open",
    )


def add_output_stride_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--output-stride",
        type=stride_argument,
        metavar="N",
        help="pixels between neighbouring cells of the map, one number or YxX, down to "
        "1 for a score per pixel (default: the classifier's own)",
    )


def size_argument(text: str) -> tuple[int, int]:
    """Reads `HEIGHTxWIDTH`, or one number for both."""
    return _two_numbers(text, "a size such as 224x224")


def stride_argument(text: str) -> tuple[int, int]:
    """Reads a stride in pixels, `N` or `YxX`."""
    return _two_numbers(text, "a stride such as 1, 8 or 4x2")


def _two_numbers(text: str, what: str) -> tuple[int, int]:
    parts = text.lower().replace("×", "x").split("x")
    if len(parts) not in (1, 2) or not all(p.isdecimal() and int(p) for p in parts):
        raise argparse.ArgumentTypeError(f"{text!r} is not {what}")
    return int(parts[0]), int(parts[-1])
