"""Whether the heaps of an HDF5 file have an end, which the library takes for granted.

Texts of any length lie in "global heaps", one object behind the other, each with its
size before it. HDF5 adds up the sizes until it comes to the end of the heap. Over a
size of nothing it adds for ever, holding the interpreter's lock, so that no time limit
could stop it.

The layout: HDF5 File Format Specification 3.0, section III.E.
"""

from __future__ import annotations

import mmap
import struct
from pathlib import Path
from typing import BinaryIO

import h5py

from kerasseg.errors import FileError

_FILE = b"\x89HDF\r\n\x1a\n"
_SIGNATURE = b"GCOL\x01"
_HEADER = struct.Struct("<8xQ")  # signature and version, bytes of the heap
_OBJECT = struct.Struct("<H6xQ")  # index, bytes
_LEAST = 4096  # bytes of a heap; HDF5 refuses smaller ones
_SIZES = (8, 8)  # bytes of an address and of a size; Keras and h5py write no others
_PLACES = {  # in superblocks of each version: of those sizes, of the file's two ends
    0: (13, 24, 40),
    1: (13, 28, 44),
    2: (9, 12, 28),
    3: (9, 12, 28),
}

_SUPERBLOCK = 52  # bytes that are read of it; a whole file has more


def check_heaps(path: Path, stored: BinaryIO) -> None:
    """Refuses a file in which the HDF5 library would go round and round.

    Args:
        path: The file, for errors.
        stored: The HDF5 file as it lies on the disk.

    Raises:
        FileError: An object of a heap does not lead to the next, or heaps overlap.
    """
    if not stored.seek(0, 2):  # which also writes out what a temporary file holds back
        return  # empty, which cannot be mapped; HDF5 refuses it
    try:
        with mmap.mmap(stored.fileno(), 0, access=mmap.ACCESS_READ) as file:
            _check_heaps(path, file)
    except OSError:  # some network file systems map nothing
        stored.seek(0)
        _check_heaps(path, stored.read())


def check_sizes(path: Path, file: h5py.File) -> None:
    """Raises `FileError` if sizes are written otherwise than `check_heaps` reads."""
    _check_sizes(path, file.id.get_create_plist().get_sizes())


def _check_sizes(path: Path, sizes: tuple[int, int]) -> None:
    if sizes != _SIZES:
        reason = f"has addresses and sizes of {sizes} bytes, where {_SIZES} are read"
        raise FileError(path, reason)


def _check_heaps(path: Path, file: mmap.mmap | bytes) -> None:
    last = _declared_end(path, file)
    left = 2 * last  # heaps in heaps would take the square of the file's length
    start = file.find(_SIGNATURE, 0, last)
    while start >= 0:
        size = _size(file, start)
        left -= size
        if left < 0 or not _has_end(file, start, start + size):
            reason = f"the objects of its heap at byte {start:,} have no end"
            raise FileError(path, f"is damaged: {reason}")
        start = file.find(_SIGNATURE, start + 1, last)


def _declared_end(path: Path, file: mmap.mmap | bytes) -> int:
    """Where the file says that it ends: HDF5 reads nothing beyond.

    A file that is cut off, or has nothing but its first bytes, is refused here, before
    gigabytes are searched.
    """
    if file[: len(_FILE)] != _FILE:
        return len(file)  # something stands before the HDF5 file
    if len(file) <= _SUPERBLOCK:
        raise FileError(path, f"is a truncated .h5 file: {len(file)} bytes are here")
    version = file[8]
    if version not in _PLACES:
        raise FileError(path, f"is a damaged .h5 file: its version is {version}")
    sizes, begin, end = _PLACES[version]
    _check_sizes(path, (file[sizes], file[sizes + 1]))
    (moved,) = struct.unpack_from("<Q", file, begin)
    (declared,) = struct.unpack_from("<Q", file, end)
    if moved:  # by which HDF5 would move the end as well
        return len(file)
    if declared > len(file):
        counts = f"of its {declared:,} bytes {len(file):,} are here"
        raise FileError(path, f"is a truncated .h5 file: {counts}")
    return declared


def _size(file: mmap.mmap | bytes, start: int) -> int:
    """Bytes of a heap; 0 of none, as weights may spell the beginning of one."""
    if start + _HEADER.size > len(file):
        return 0
    (size,) = _HEADER.unpack_from(file, start)
    return size if _LEAST <= size <= len(file) - start else 0


def _has_end(file: mmap.mmap | bytes, start: int, end: int) -> bool:
    """Whether the objects fill the heap, as HDF5 counts."""
    place = start + _HEADER.size
    while place + _OBJECT.size <= end:
        index, size = _OBJECT.unpack_from(file, place)
        # Free space, of index 0, counts its own header; other objects are padded.
        step = size if index == 0 else _OBJECT.size + -(-size // 8) * 8
        if step < _OBJECT.size or place + step > end:
            return False
        place += step
    return True
