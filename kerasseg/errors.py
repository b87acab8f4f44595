"""Every error that a user of kerasseg can meet, and the category of its warnings.

Each message says what is wrong, where (the file, layer or argument), and what to do.
All errors derive from `KerasSegError`, so that one `except` catches them.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from pathlib import Path

_LISTED = 100

EXTRAS = {
    "data": ("tifffile", "imagecodecs"),
    "demo": ("scikit-learn", "scikit-image"),
    "onnx": ("tf2onnx", "onnx", "onnxruntime"),
    "openvino": ("openvino",),
    "yaml": ("PyYAML",),
}
"""The packages of the extras that errors name, as in pyproject.toml."""


def printable(path: str | Path) -> str:
    """A path as it can be shown: line breaks and undecodable bytes are escaped."""
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode() for c in str(path)
    )


def near_names(name: object, known: Iterable[str], count: int = 3) -> list[str]:
    """Of the known names those that one may have meant, the nearest first.

    Capitals do not count: "unet" is near to "UNet".
    """
    if not isinstance(name, str):
        return []
    by_lower = {other.lower(): other for other in known}
    near = difflib.get_close_matches(name.lower(), by_lower, count, cutoff=0.5)
    return [by_lower[other] for other in near]


def did_you_mean(name: object, known: Iterable[str]) -> str:
    """A sentence for the end of a message, blank first; empty where nothing is near."""
    near = near_names(name, known, 1)
    return f" Did you mean {near[0]}?" if near else ""


class KerasSegError(Exception):
    """Base of all errors raised by kerasseg on purpose."""


class KerasSegWarning(UserWarning):
    """What a user should know of a result that is right all the same."""


class ArgumentError(KerasSegError, ValueError):
    """An argument has a value that the function cannot work with."""


class UsageError(KerasSegError):
    """A command was given an option that does not fit the files it was given with."""


class ConversionError(KerasSegError, ValueError):
    """A model, or a layer in it, has no exact fully convolutional counterpart.

    Attributes:
        layer: Name of the layer at fault, nested ones as `"outer/inner"`, or `None`
            when the model as a whole is.
    """

    def __init__(self, message: str, layer: str | None = None):
        super().__init__(message)
        self.layer = layer


class GeometryError(KerasSegError, ValueError):
    """A layer has no receptive field that a size, stride and offset can describe.

    Attributes:
        layer: Name of the layer at fault, or `None`.
    """

    def __init__(self, message: str, layer: str | None = None):
        super().__init__(message)
        self.layer = layer


class TrainingError(KerasSegError):
    """A training cannot go on; the message says since when, and what is left."""


class ExportError(KerasSegError, ValueError):
    """A model cannot be written for another engine, or gives other scores there."""


class FileError(KerasSegError):
    """A file cannot be read or written; the message starts with its path.

    Attributes:
        path: The file.
    """

    def __init__(self, path: str | Path, problem: str):
        super().__init__(f"{printable(path)}: {problem}")
        self.path = Path(path)
        self.problem = problem


class DataError(KerasSegError):
    """A data set as a whole cannot be used; the message lists every file at fault.

    Attributes:
        summary: What is wrong, without the files.
        problems: `(path, what is wrong)` of each file, all of them; the message ends
            after the first hundred.
    """

    def __init__(self, summary: str, problems: Sequence[tuple[Path, str]] = ()):
        lines = [f"\n  {printable(path)}: {text}" for path, text in problems]
        more = f"\n  and {len(lines) - _LISTED:,} more" if lines[_LISTED:] else ""
        super().__init__(summary + "".join(lines[:_LISTED]) + more)
        self.summary = summary
        self.problems = list(problems)


class MissingPackageError(KerasSegError, ImportError):
    """An optional package is not installed; the message says how to get it."""

    def __init__(self, package: str, extra: str, purpose: str):
        super().__init__(
            f"{purpose} needs {package}, which is not installed. "
            f"Run: pip install {' '.join(EXTRAS[extra])} "
            f'(in a clone of kerasseg: pip install ".[{extra}]")'
        )
