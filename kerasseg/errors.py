"""Every error that a user of kerasseg can meet, and the category of its warnings.

Each message says what is wrong, where (the file, layer or argument), and what to do.
All errors derive from `KerasSegError`, so that one `except` catches them.
"""

from __future__ import annotations

from pathlib import Path


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


class FileError(KerasSegError):
    """A file cannot be read or written; the message starts with its path.

    Attributes:
        path: The file.
    """

    def __init__(self, path: str | Path, problem: str):
        super().__init__(f"{path}: {problem}")
        self.path = Path(path)


class MissingPackageError(KerasSegError, ImportError):
    """An optional package is not installed; the message names the extra that has it."""

    def __init__(self, package: str, extra: str, purpose: str):
        super().__init__(
            f"{purpose} needs {package}, which is not installed. "
            f'Run: pip install "kerasseg[{extra}]"'
        )
