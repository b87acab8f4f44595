"""The range of pixels that a net is given: the option, and a line that tells it."""

from __future__ import annotations

import argparse

from kerasseg.pixel_ranges import IN_WORDS, MODES

_AUTO = "auto"


def add_preprocess_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--preprocess",
        choices=(_AUTO, *MODES),
        default=_AUTO,
        help="pixel range of the training: none 0…255, unit 0…1, tf -1…1, caffe and "
        "torch as in keras.applications (default: none if the model rescales, or unit)",
    )


def range_told(mode: str, wanted: str) -> str:
    """A sentence for people; where nobody chose the range, it says how to.

    Args:
        mode: Of `kerasseg.data.preprocess`, the one that is used.
        wanted: What `--preprocess` said.
    """
    told = f"Pixels are read as {IN_WORDS[mode]}"
    if wanted != _AUTO:
        return f"{told}, as --preprocess {mode} says."
    why = ", since the model rescales them itself" if mode == "none" else ""
    return f"{told}{why}; say --preprocess if the model was trained on another range."
