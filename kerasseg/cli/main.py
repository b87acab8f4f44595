"""`kerasseg COMMAND ...`: finds the command, runs it, tells errors in one line."""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module

from kerasseg.cli.parser import Parser
from kerasseg.errors import DataError, KerasSegError, UsageError, printable
from kerasseg.version import __version__

COMMANDS = {
    "demo": "train a digit classifier, convert it, and find digits in a scene",
    "info": "what a model is, what its layers see, and whether it converts",
    "convert": "turn a classifier into a fully convolutional net",
    "heatmap": "show where on a photo a class is seen",
    "train": "train a segmentation net, so that it can be killed and resumed",
    "predict": "segment photos of any size, a class for every pixel",
    "preview": "draw what training would see of a data set",
    "evaluate": "measure how well a net segments a data set",
    "export": "write a model for another engine, and compare the two",
}

_FILES_NAMED = 3  # of those at fault in a data set; a terminal holds no hundred


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command.

    Args:
        arguments: What follows `kerasseg`; by default the process's own.

    Returns:
        0 done, 1 failed, 2 wrong usage, 130 interrupted.
    """
    # TensorFlow reads this when it is imported; results stand alone on the screen then.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    _print_what_can_be()
    parser = _parser()
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    _check_order(parser, arguments)
    options, unknown = parser.parse_known_args(arguments)
    if unknown:  # argparse's own way would name `kerasseg`, and not the command
        near = options.parser.option_meant(unknown[0])
        options.parser.error(
            f"unrecognized arguments: {' '.join(unknown)}{'.' if near else ''}{near}"
        )
    try:
        return options.run(options)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:  # `kerasseg info ... | head`: nobody reads on
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KerasSegError as error:
        return _failed(options, _in_one_line(error), error)
    except Exception as error:  # a fault of ours: still one line, and a way to see more
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        return _failed(options, f"{reason} (--debug shows where)", error)


def _print_what_can_be() -> None:
    """Escapes signs that the terminal has not, such as × where it speaks ASCII."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")


def _check_order(parser: Parser, arguments: Sequence[str]) -> None:
    """Refuses an option of a command before it, which argparse calls unknown."""
    first = arguments[0] if arguments else ""
    if first.startswith("-") and not parser.has_option(first):
        parser.error(
            f"{first} stands before the command; options stand behind it, as in "
            f"kerasseg COMMAND {first}"
        )


def _in_one_line(error: KerasSegError) -> str:
    text = str(error)
    if isinstance(error, DataError) and len(error.problems) > _FILES_NAMED:
        files = [
            f"{printable(path)}: {problem}"
            for path, problem in error.problems[:_FILES_NAMED]
        ]
        more = len(error.problems) - _FILES_NAMED
        text = f"{error.summary} {'; '.join(files)}; and {more:,} more"
    return " ".join(text.split())


def _failed(options: argparse.Namespace, message: str, error: Exception) -> int:
    if options.debug:
        traceback.print_exception(error)
    print(f"kerasseg {options.command}: error: {message}", file=sys.stderr)
    return 2 if isinstance(error, UsageError) else 1


def _parser() -> Parser:
    parser = Parser(
        prog="kerasseg",
        description="Turn a trained Keras classifier into a net that scores every "
        "place of an image of any size.",
    )
    parser.add_argument(
        "--version", action="version", version=f"kerasseg {__version__}"
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, purpose in COMMANDS.items():
        # Only the options are loaded here; each command imports Keras when it runs.
        module = import_module(f"kerasseg.cli.{name}")
        command = commands.add_parser(
            name, help=purpose, description=purpose[0].upper() + purpose[1:] + "."
        )
        module.add_arguments(command)
        command.add_argument(
            "--debug", action="store_true", help="on an error, show the traceback"
        )
        command.set_defaults(run=module.run, parser=command)
    return parser


if __name__ == "__main__":
    sys.exit(main())
