"""The folder that a command writes to: whether a path can be one, and making it."""

from __future__ import annotations

from pathlib import Path

from kerasseg.errors import FileError


def check_folder(folder: Path) -> None:
    """Checks that a path is a folder, or nothing yet.

    Raises:
        FileError: It is a file.
    """
    if folder.exists() and not folder.is_dir():
        raise FileError(folder, "is a file; a folder is needed")


def make_folder(folder: Path) -> None:
    """Makes a folder and those above it, where they are missing.

    Raises:
        FileError: It cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(folder, f"cannot make this folder: {error.strerror}") from error
