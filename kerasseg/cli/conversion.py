"""The conversion of a model from a file, with errors that name the file."""

from __future__ import annotations

import argparse

from kerasseg.errors import ArgumentError, ConversionError


def add_activation_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--activation",
        default="same",
        metavar="NAME",
        help="activation of the scores: same, none for logits, softmax, sigmoid, …",
    )


def activation_of(options: argparse.Namespace) -> str | None:
    """What `--activation` asks of `convert_to_fcn`."""
    return None if options.activation == "none" else options.activation


def convert_from_file(model, path: str, **options):
    """`convert_to_fcn`, whose errors then begin with the file's name."""
    from kerasseg.convert.fcn import convert_to_fcn

    try:
        return convert_to_fcn(model, **options)
    except ConversionError as error:
        raise ConversionError(f"{path}: {error}", error.layer) from error
    except ArgumentError as error:
        raise ArgumentError(f"{path}: {error}") from error


def channels_of(shape) -> int:
    """The channels of an input of images: one where it has no axis for them."""
    return 1 if len(shape) == 3 else shape[-1]
