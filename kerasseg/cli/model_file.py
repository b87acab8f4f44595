"""The options of a model file, what was found in it, and what it warns of."""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from kerasseg.errors import KerasSegWarning


def add_model_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--architecture",
        metavar="FILE",
        help="for a file of weights alone: the JSON of model.to_json(), or a model "
        "file of the same layers",
    )
    parser.add_argument(
        "--saved-backend",
        choices=("tensorflow", "theano"),
        help="for a file of Keras 1 that does not say it",
    )
    parser.add_argument(
        "--input-shape",
        type=shape_argument,
        metavar="HxWxC",
        help="size and channels of the images, for a file that does not say them",
    )


def shape_argument(text: str) -> tuple[int, ...]:
    """Reads `HEIGHTxWIDTHxCHANNELS`."""
    parts = text.lower().replace("×", "x").split("x")
    if len(parts) != 3 or not all(p.isdecimal() and int(p) for p in parts):
        raise argparse.ArgumentTypeError(f"{text!r} is not a shape such as 224x224x3")
    return tuple(map(int, parts))


def load_from_options(options: argparse.Namespace):
    """The model of `options.model` and the findings about its file."""
    from kerasseg.files import load_and_report

    with warnings_as_notes(options):
        return load_and_report(
            options.model,
            architecture=options.architecture,
            saved_backend=options.saved_backend,
            input_shape=options.input_shape,
        )


@contextmanager
def warnings_as_notes(options: argparse.Namespace) -> Iterator[None]:
    """Warnings of ours as lines on standard error; those of Keras are not shown.

    Keras warns of what the file's author did, which the reader cannot change.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    shown = set()
    for warning in caught:
        text = " ".join(str(warning.message).split())
        if issubclass(warning.category, KerasSegWarning) and text not in shown:
            shown.add(text)
            print(f"kerasseg {options.command}: note: {text}", file=sys.stderr)


def facts_of(findings) -> dict[str, Any]:
    """The findings as plain values."""
    return dict(vars(findings))


def print_findings(findings) -> None:
    saved = f"Keras {findings.keras_version}" if findings.keras_version else "Keras"
    backend = f" on {findings.backend}" if findings.backend else ""
    print(
        f"Found: {findings.format} file of {saved}{backend}, {findings.layers} layers"
    )
    for line in findings.mended:
        print(f"  mended: {line}")
