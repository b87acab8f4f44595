"""One checkpoint in one file: arrays and facts, with a checksum on every byte."""

from __future__ import annotations

import json
import os
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import ml_dtypes  # noqa: F401  # makes np.dtype("bfloat16") known
import numpy as np

from kerasseg.errors import FileError
from kerasseg.files import atomic_path

FORMAT = "kerasseg checkpoint 1"
_MANIFEST = "checkpoint.json"


class Entry(NamedTuple):
    """What is known of an array without its numbers."""

    group: str
    name: str
    shape: tuple[int, ...]
    dtype: str

    def __str__(self):
        return f"{self.name} {self.shape} {self.dtype}"


@dataclass(frozen=True)
class Contents:
    """All that a checkpoint holds.

    Attributes:
        facts: Plain values, as JSON has them.
        entries: What the arrays are, in the order in which they were written.
        arrays: Their numbers.
    """

    facts: dict[str, Any]
    entries: list[Entry]
    arrays: list[np.ndarray]

    def group(self, name: str) -> list[tuple[Entry, np.ndarray]]:
        """The arrays of one group, in order."""
        pairs = zip(self.entries, self.arrays, strict=True)
        return [(entry, array) for entry, array in pairs if entry.group == name]


def write_checkpoint(
    path: Path, facts: dict[str, Any], arrays: Iterable[tuple[str, str, np.ndarray]]
) -> None:
    """Writes a checkpoint whole or not at all, and waits until the disk has it.

    `numpy.load` opens the file too: it is a `.npz` with a list of contents.

    Args:
        path: A file name that ends in `.npz`; its folder must exist.
        facts: Plain values.
        arrays: Group, name and numbers of each; taken one by one, so that no more than
            one needs to be in memory.

    Raises:
        FileError: The file cannot be written; an older one of this name stays.
    """
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        entries = []
        with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
            for group, name, array in arrays:
                entry = Entry(group, name, array.shape, array.dtype.name)
                _write_array(archive, _member(len(entries)), array)
                entries.append(entry)
            manifest = {"format": FORMAT, "facts": facts, "entries": entries}
            archive.writestr(_MANIFEST, json.dumps(manifest))
    _sync_folder(path)


def read_checkpoint(path: Path) -> Contents:
    """Reads a checkpoint and verifies every byte of it.

    Raises:
        FileError: The file is torn or damaged, or is no checkpoint of this format.
    """
    with _opened(path) as archive:
        manifest = _read_manifest(path, archive)
        entries = [
            Entry(group, name, tuple(shape), dtype)
            for group, name, shape, dtype in manifest["entries"]
        ]
        arrays = [
            _read_array(archive, _member(index), entry)
            for index, entry in enumerate(entries)
        ]
        return Contents(manifest["facts"], entries, arrays)


def read_facts(path: Path) -> dict[str, Any]:
    """Reads the plain values alone, which takes no time where arrays are large.

    Raises:
        FileError: The file is torn, or is no checkpoint of this format.
    """
    with _opened(path) as archive:
        return _read_manifest(path, archive)["facts"]


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """The archive; whatever is wrong with it is told as a `FileError`."""
    try:
        with path.open("rb") as file, zipfile.ZipFile(file) as archive:
            yield archive
    except FileError:
        raise
    except FileNotFoundError as error:
        raise FileError(path, "no such file") from error
    # What zipfile, json and NumPy raise for bytes that are not what they should be.
    except (
        OSError,
        EOFError,
        KeyError,
        ValueError,
        TypeError,
        RuntimeError,
        OverflowError,
        NotImplementedError,
        zipfile.BadZipFile,
        zlib.error,
    ) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise FileError(
            path, f"is torn, damaged or no checkpoint ({reason})"
        ) from error


def _member(index):
    return f"{index:05d}.npy"


def _write_array(archive, member, array):
    # NumPy's format knows only NumPy's own types; bfloat16 goes as two bytes.
    stored = array if array.dtype.isbuiltin == 1 else array.view(f"u{array.itemsize}")
    with archive.open(member, "w", force_zip64=True) as file:
        np.lib.format.write_array(file, np.asarray(stored), allow_pickle=False)


def _read_array(archive, member, entry):
    with archive.open(member) as file:
        array = np.lib.format.read_array(file, allow_pickle=False)
        if file.read(1):  # reading to the end is what verifies the checksum
            raise ValueError(f"{member} is longer than its array")
    wanted = np.dtype(entry.dtype)
    if array.dtype != wanted:
        array = array.view(wanted)
    if array.shape != entry.shape:
        raise ValueError(f"{member} has shape {array.shape}, not {entry.shape}")
    return array


def _read_manifest(path, archive):
    if _MANIFEST not in archive.namelist():
        raise FileError(path, "is a zip archive, but no checkpoint of kerasseg")
    manifest = json.loads(archive.read(_MANIFEST))
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise FileError(path, f"is no {FORMAT}; another version may have written it")
    return manifest


def _sync_folder(path):
    """Waits until the new name is on the disk as well."""
    try:
        handle = os.open(path.parent, os.O_RDONLY)
    except OSError as error:
        raise FileError(path, f"cannot sync its folder: {error.strerror}") from error
    try:
        os.fsync(handle)
    except OSError as error:
        raise FileError(path, f"cannot sync its folder: {error.strerror}") from error
    finally:
        os.close(handle)
