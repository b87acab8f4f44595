"""Files written whole or not at all."""

from __future__ import annotations

import glob
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from kerasseg.errors import FileError

if TYPE_CHECKING:
    import keras

_RANDOM = "[a-z0-9_]" * 8  # what tempfile puts into a name


@contextmanager
def atomic_path(path: str | Path, overwrite: bool = True) -> Iterator[Path]:
    """Gives a temporary path beside `path`, renamed to `path` when the block succeeds.

    A reader therefore sees the old file or the new one, never a part; if the block
    raises, the old file stays and the temporary one is removed. The temporary name
    keeps the suffix, because savers choose the format by it.

    Args:
        path: The file to write. Its folder must exist.
        overwrite: Whether an existing file may be replaced.

    Yields:
        The path to write to.

    Raises:
        FileError: The folder is missing or not writable, the disk is full, or the file
            exists and `overwrite` is false.

    Example:

    >>> import pathlib, tempfile
    >>> target = pathlib.Path(tempfile.mkdtemp()) / "note.txt"
    >>> with atomic_path(target) as temporary:
    ...     _ = temporary.write_text("whole")
    >>> target.read_text()
    'whole'
    """
    path = Path(path)
    check_writable(path, overwrite)
    try:
        handle, name = tempfile.mkstemp(
            suffix=path.suffix, prefix=_prefix(path), dir=path.parent
        )
    except OSError as error:
        raise FileError(path, f"cannot write here: {error.strerror}") from error
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        _sync(temporary)
        temporary.chmod(0o666 & ~_umask())  # mkstemp makes files private
        temporary.replace(path)
    except OSError as error:
        raise FileError(path, f"cannot write: {error.strerror or error}") from error
    finally:
        temporary.unlink(missing_ok=True)


def strays_of(path: str | Path) -> list[Path]:
    """What `atomic_path` left beside `path` where a process was killed in its block.

    Where others may be writing that file now, theirs are among it.
    """
    path = Path(path)
    name = glob.escape(_prefix(path)) + _RANDOM + glob.escape(path.suffix)
    return sorted(path.parent.glob(name))


def check_writable(path: str | Path, overwrite: bool = True) -> None:
    """Raises `FileError` if `path` cannot become a file here, before work is spent."""
    path = Path(path)
    if not path.parent.is_dir():
        raise FileError(path, f"the folder {path.parent} does not exist")
    if path.is_dir():
        raise FileError(path, "is a folder; a file name is needed")
    if path.exists() and not overwrite:
        raise FileError(path, "exists already; pass --overwrite to replace it")


def save_model(model: keras.Model, path: str | Path, overwrite: bool = True) -> None:
    """Saves a model as a `.keras` file, whole or not at all.

    Args:
        model: The model.
        path: A file name that ends in `.keras`.
        overwrite: Whether an existing file may be replaced.

    Raises:
        FileError: The name has another ending, or the file cannot be written.
    """
    if Path(path).suffix != ".keras":
        raise FileError(path, "the name of a saved model must end in .keras")
    with atomic_path(path, overwrite) as temporary:
        model.save(temporary)


def _prefix(path: Path) -> str:
    return f".{path.stem[:100]}-"


def _sync(path: Path) -> None:
    """Waits until the file is on the disk, so that the rename cannot outrun it."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _umask() -> int:
    umask = os.umask(0)
    os.umask(umask)
    return umask
