"""Whether the heaps of an HDF5 file have an end, which the library takes for granted.

Texts lie in "global heaps", one object behind the other, each with its size before it.
HDF5 adds up the sizes until it comes to the end of the heap. Over a size of nothing it
adds for ever, holding the interpreter's lock, so that no time limit could stop it.

The layout: HDF5 File Format Specification 3.0, section III.E.
"""

from __future__ import annotations

import mmap
import struct
from pathlib import Path
from typing import BinaryIO

import h5py

from kerasseg.errors import FileError

_SIGNATURE = b"GCOL\x01"
_HEADER = struct.Struct("<8xQ")  # signature and version, bytes of the heap
_OBJECT = struct.Struct("<H6xQ")  # index, bytes
_SIZES = (8, 8)  # bytes of an address and of a size; Keras and h5py write no others


def check_heaps(path: Path, stored: BinaryIO) -> None:
    """Refuses a file in which the HDF5 library would go round and round.

    Args:
        path: The file, for errors.
        stored: The HDF5 file as it lies on the disk.

    Raises:
        FileError: An object of a heap does not lead to the next.
    """
    if not stored.seek(0, 2):
        return  # empty, which mmap does not take; HDF5 refuses it
    with mmap.mmap(stored.fileno(), 0, access=mmap.ACCESS_READ) as file:
        start = file.find(_SIGNATURE)
        while start >= 0:
            if not _has_end(file, start):
                reason = f"the objects of its heap at byte {start:,} have no end"
                raise FileError(path, f"is damaged: {reason}")
            start = file.find(_SIGNATURE, start + 1)


def check_sizes(path: Path, file: h5py.File) -> None:
    """Raises `FileError` if sizes are written otherwise than `check_heaps` reads."""
    sizes = file.id.get_create_plist().get_sizes()
    if sizes != _SIZES:
        reason = f"addresses and sizes of {sizes} bytes, not {_SIZES}"
        raise FileError(path, f"is damaged: {reason}")


def _has_end(file: mmap.mmap, start: int) -> bool:
    """Whether the objects fill the heap, as HDF5 counts; what is no heap passes."""
    if start + _HEADER.size > len(file):
        return True
    end = start + _HEADER.unpack_from(file, start)[0]
    if end > len(file):
        return True  # HDF5 refuses such a heap, and weights may spell a signature
    place = start + _HEADER.size
    while place + _OBJECT.size <= end:
        index, size = _OBJECT.unpack_from(file, place)
        # Free space, of index 0, counts its own header; other objects are padded.
        step = size if index == 0 else _OBJECT.size + -(-size // 8) * 8
        if step < _OBJECT.size or place + step > end:
            return False
        place += step
    return True
