"""What was read and worked out once, kept in memory or in a folder."""

from __future__ import annotations

import hashlib
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from kerasseg.data.listing import find_images
from kerasseg.errors import ArgumentError, FileError
from kerasseg.files import atomic_path


class Decoded(NamedTuple):
    """A sample as it is before any change.

    Attributes:
        name: Of the sample.
        image: `(height, width, channels)`, as read.
        mask: `(height, width)` int32.
        weights: `(height, width)` float32, or `None`.
    """

    name: str
    image: np.ndarray
    mask: np.ndarray
    weights: np.ndarray | None


Read = Callable[[int], Decoded]


class MemoryCache:
    """Keeps every sample in memory once it has been read.

    Args:
        read: Reads the sample of an index.
    """

    def __init__(self, read: Read):
        self._read = read
        self._kept: dict[int, Decoded] = {}

    def __call__(self, index: int) -> Decoded:
        # Two threads may both read a sample; both get the same, and one of them stays.
        if index not in self._kept:
            self._kept[index] = self._read(index)
        return self._kept[index]


class FolderCache:
    """Keeps samples in a folder, uncompressed, one file each.

    A file's name follows from what the sample was made of: where an image or mask
    changes on disk, a file of its objects, or the weight map, it is read anew.

    Args:
        read: Reads the sample of an index.
        folder: Made if missing.
        key: Names what the sample of an index is made of.

    Raises:
        FileError: The folder cannot be made.
    """

    def __init__(self, read: Read, folder: str | Path, key: Callable[[int], str]):
        self._read = read
        self._folder = Path(folder)
        self._key = key
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            reason = f"cannot make this folder: {error.strerror}"
            raise FileError(self._folder, reason) from error

    def __call__(self, index: int) -> Decoded:
        name = hashlib.sha256(self._key(index).encode()).hexdigest()[:32]
        path = self._folder / f"{name}.npz"
        if path.exists():
            return _load(path)
        decoded = self._read(index)
        arrays = {k: v for k, v in decoded._asdict().items() if v is not None}
        with atomic_path(path) as temporary, temporary.open("wb") as file:
            np.savez(file, **arrays)
        return decoded


def made_of(dataset, settings: str) -> Callable[[int], str]:
    """Names what each sample is made of: its files as they are now, and settings."""
    images = list(getattr(dataset, "image_paths", []))
    masks = list(getattr(dataset, "mask_paths", []))
    others = list(getattr(dataset, "other_paths", None) or [()] * len(images))
    if len(images) != len(dataset) or len(masks) != len(dataset):
        raise ArgumentError(
            "cache: a folder needs a dataset whose image_paths and mask_paths are "
            "known; pass cache=True to keep it in memory. "
            f"Received: a {type(dataset).__name__} without them"
        )
    settings = f"{settings} {_readers(dataset)}"

    def key(index: int) -> str:
        paths = (images[index], masks[index], *others[index])
        files = [_state(Path(path)) for path in paths]
        return repr((dataset.name, index, files, dataset.names, settings))

    return key


def _readers(dataset) -> str:
    """What tells how the files are read: channels, bands, colours of classes, …"""
    try:
        readers = pickle.dumps(getattr(dataset, "readers", None))
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise ArgumentError(
            "cache: a folder needs a dataset whose readers can be told apart, that is "
            "functions of a module or functools.partial of such; pass cache=True to "
            f"keep it in memory. Received: {dataset.name}, {error}"
        ) from error
    return hashlib.sha256(readers).hexdigest()


def _state(path: Path) -> tuple:
    """What changes with a file, or with the images in a folder."""
    if path.is_dir():
        return str(path.resolve()), *map(_file_state, find_images(path)[0])
    return _file_state(path)


def _file_state(path: Path) -> tuple:
    try:
        state = path.stat()
    except OSError as error:
        raise FileError(path, f"cannot read: {error.strerror}") from error
    return str(path.resolve()), state.st_size, state.st_mtime_ns


def _load(path: Path) -> Decoded:
    try:
        with np.load(path, allow_pickle=False) as arrays:
            weights = arrays.get("weights")
            return Decoded(
                str(arrays["name"]), arrays["image"], arrays["mask"], weights
            )
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise FileError(
            path, f"is no file of this cache; delete it to go on ({error})"
        ) from error
