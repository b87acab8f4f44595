"""What a model file is, by its first bytes."""

from __future__ import annotations

import zipfile
from pathlib import Path

from kerasseg.errors import FileError
from kerasseg.foreign_files import what_folder_it_is, what_is_missing, what_it_is


def check_readable(path: str | Path) -> str:
    """Looks at the first bytes of a model file, long before Keras is loaded.

    Returns:
        `"zip"` for a `.keras` file, `"hdf5"` for an `.h5` file.

    Raises:
        FileError: There is no such file, or it is neither.
    """
    path = Path(path)
    try:
        start = _start_of(path)
    except OSError as error:  # of a name that is too long even exists() raises one
        raise FileError(path, f"cannot read: {error.strerror}") from error
    if start.startswith(b"\x89HDF\r\n\x1a\n"):
        return "hdf5"
    if zipfile.is_zipfile(path):
        return "zip"
    raise FileError(path, what_it_is(path, start))


def _start_of(path: Path) -> bytes:
    if not path.exists():
        raise FileError(path, what_is_missing(path))
    if path.is_dir():
        raise FileError(path, what_folder_it_is(path))
    if not path.is_file():
        raise FileError(path, "is a pipe or a device; a model is a file on a disk")
    with path.open("rb") as file:
        return file.read(64)
