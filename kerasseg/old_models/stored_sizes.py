"""Whether a model file holds what it says it holds, before any of it is unpacked."""

from __future__ import annotations

import math
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO

import h5py
import keras
import numpy as np

from kerasseg.errors import FileError
from kerasseg.old_models.heaps import check_heaps, check_sizes

WEIGHTS = "model.weights"
MEMBERS = ("config.json", "metadata.json", f"{WEIGHTS}.h5", f"{WEIGHTS}.npz")
"""What a `.keras` archive holds beside its folder of assets."""

# Weights hardly shrink when they are compressed. Zeros do, but who ships zeros?
_LARGEST_RATIO = 100
_ALWAYS_FINE = 16 * 2**20


def check_archive(path: Path, archive: zipfile.ZipFile) -> None:
    """Refuses a `.keras` archive with members that Keras did not put there.

    Raises:
        FileError: A member would be unpacked outside its folder, is given twice, or
            grows out of proportion.
    """
    seen = set()
    for member in archive.infolist():
        place = PurePosixPath(member.filename.replace("\\", "/"))
        outside = place.is_absolute() or ".." in place.parts or ":" in place.parts[0]
        known = str(place) in MEMBERS or place.parts[0] == "assets"
        if outside or not known:
            raise FileError(path, f"holds '{member.filename}', which is not Keras's")
        if place in seen:
            raise FileError(path, f"holds '{member.filename}' twice")
        seen.add(place)
        check_ratio(path, member.filename, member.file_size, member.compress_size)


def check_ratio(path: Path, name: str, declared: int, stored: int) -> None:
    """Raises `FileError` if something claims to be far larger than what is stored."""
    if declared > _ALWAYS_FINE and declared > _LARGEST_RATIO * max(stored, 1):
        raise FileError(
            path,
            f"'{name}' says it has {declared:,} bytes, of which {stored:,} are in the "
            "file; it is not unpacked",
        )


@contextmanager
def checked_h5(
    path: Path, stored: BinaryIO, source: Path | BinaryIO
) -> Iterator[h5py.File]:
    """Opens an HDF5 file that lies here whole.

    Args:
        path: The file, for errors.
        stored: It as it lies on the disk.
        source: What h5py opens: its path, or `stored` if it has none.

    Raises:
        FileError: There is a link, a virtual or external data set, one that says it is
            far larger than it is, something that is neither number nor text, or
            damage over which the HDF5 library would stumble.
    """
    check_heaps(path, stored)
    with h5py.File(source, "r") as file:
        check_sizes(path, file)
        _check_group(path, file, set())
        yield file


def _check_group(path: Path, group: h5py.Group, seen: set) -> None:
    _check_attributes(path, group)
    for name in group:
        link = group.get(name, getlink=True)
        if isinstance(link, (h5py.ExternalLink, h5py.SoftLink)):
            raise FileError(path, f"'{group.name}/{name}' is a link, which is not read")
        item = group[name]
        if _is_known(item, seen):  # by another name, as often as one likes
            continue
        if isinstance(item, h5py.Group):
            _check_group(path, item, seen)
        elif isinstance(item, h5py.Dataset):
            if item.external or item.is_virtual:
                raise FileError(path, f"'{item.name}' lies in another file")
            _check_attributes(path, item)
            _check_kind(path, item.name, item.dtype)
            declared = math.prod(item.shape or (0,)) * item.dtype.itemsize
            check_ratio(path, item.name, declared, item.id.get_storage_size())


def _is_known(item: h5py.HLObject, seen: set) -> bool:
    address = h5py.h5o.get_info(item.id).addr
    known = address in seen
    seen.add(address)
    return known


def _check_attributes(path: Path, item: h5py.Group | h5py.Dataset) -> None:
    for name in item.attrs:
        place = f"{item.name}, attribute {name}"
        _check_kind(path, place, item.attrs.get_id(name).dtype)


def _check_kind(path: Path, place: str, dtype: np.dtype) -> None:
    """Refuses rows of any length, references, and records of them.

    Keras writes none; a text that turns into one by damage crashes the HDF5 library.
    """
    if dtype.hasobject and not h5py.check_string_dtype(dtype):
        raise FileError(path, f"'{place}' is neither number nor text; it is not read")


def check_archived_weights(path: Path, archive: zipfile.ZipFile) -> int:
    """All checks of the weights in a `.keras` archive; returns their bytes."""
    names = archive.namelist()
    stored = [archive.getinfo(n).file_size for n in names if n.startswith(WEIGHTS)]
    if f"{WEIGHTS}.h5" in names:
        with (
            tempfile.TemporaryFile() as unpacked
        ):  # h5py jumps about, which a ZIP cannot
            with archive.open(f"{WEIGHTS}.h5") as packed:
                shutil.copyfileobj(packed, unpacked)
            with checked_h5(path, unpacked, unpacked):
                pass
    return sum(stored)


def check_parameters(path: Path, build: Callable[[], keras.Model], stored: int) -> None:
    """Refuses a configuration of far more weights than the file holds.

    Args:
        path: The file, for errors.
        build: Makes the model. It is called where variables have shapes and no values.
        stored: Bytes of weights in the file.

    Raises:
        FileError: Building the model would take memory out of proportion.
    """
    with keras.StatelessScope(initialize_variables=False):
        declared = sum(math.prod(variable.shape) for variable in build().variables)
    check_ratio(path, "configuration", declared, stored)
