"""Exports made beside their place, and moved there once they are whole and checked."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kerasseg.errors import FileError


def check_target(path: Path, is_folder: bool, overwrite: bool) -> None:
    """Raises `FileError` if the export cannot come to stand here."""
    if not path.parent.is_dir():
        raise FileError(path, f"the folder {path.parent} does not exist")
    if not path.exists():
        return
    if is_folder != path.is_dir():
        kind = "a folder" if path.is_dir() else "a file"
        raise FileError(path, f"is {kind}; give another name")
    if is_folder and any(path.iterdir()) and not _is_saved_model(path):
        raise FileError(path, "is a folder of other things; give another name")
    if not overwrite and (not is_folder or any(path.iterdir())):
        how = "overwrite=True, or --overwrite in a command"
        raise FileError(path, f"exists already; to replace it pass {how}")


@contextmanager
def staged(path: Path, is_folder: bool, overwrite: bool) -> Iterator[Path]:
    """Gives a path to write to; what stands there when the block succeeds is moved.

    A folder is moved whole. Of several files, such as OpenVINO's `.xml` and `.bin`, the
    one of the given name comes last, so that it never stands without the others.
    """
    check_target(path, is_folder, overwrite)
    try:
        with tempfile.TemporaryDirectory(prefix=".export-", dir=path.parent) as folder:
            temporary = Path(folder) / path.name
            yield temporary
            if is_folder:
                _replace_folder(temporary, path, Path(folder) / "replaced")
            else:
                for made in sorted(Path(folder).iterdir(), key=temporary.__eq__):
                    made.replace(path.parent / made.name)
    except OSError as error:
        if isinstance(error, FileError):
            raise
        raise FileError(path, f"cannot write: {error.strerror or error}") from error


def size_in_bytes(path: Path) -> int:
    """What a file, or all files in a folder, weigh."""
    files = path.rglob("*") if path.is_dir() else [path, path.with_suffix(".bin")]
    return sum(file.stat().st_size for file in files if file.is_file())


def _replace_folder(new: Path, place: Path, aside: Path) -> None:
    if place.exists():
        shutil.move(place, aside)
    try:
        new.rename(place)
    except OSError:
        if aside.exists():
            aside.rename(place)
        raise


def _is_saved_model(path: Path) -> bool:
    return (path / "saved_model.pb").is_file()
