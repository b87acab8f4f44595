"""The folder of a run: what was asked for, how it went, and what came out."""

from __future__ import annotations

import csv
import json
import platform
import shutil
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path

import keras

from kerasseg.errors import FileError
from kerasseg.files import atomic_path, strays_of
from kerasseg.run_files import (
    BEST,
    CHECKPOINTS,
    CLASSES,
    COLORS,
    CONFIG,
    CURVES,
    HISTORY,
    LAST,
    LOGS,
    METRICS,
    PICTURES,
    REFRESHED,
    VERSIONS,
)
from kerasseg.version import __version__

_FILES = (
    *(CONFIG, CLASSES, COLORS, HISTORY, METRICS, CURVES, PICTURES),
    *(BEST, LAST, REFRESHED),
)
_FOLDERS = (CHECKPOINTS, LOGS)
_PACKAGES = ("keras", "tensorflow", "jax", "torch", "numpy")


class RunFolder:
    """The folder of one run.

    It is made at once, with versions.json, which proves that what follows is a run's;
    while there is no more in it, it is as good as empty.

    Args:
        path: The folder, which need not exist.
        resume: Whether to go on with the run in it, if there is one.
        overwrite: Whether to begin anew where there is one; what earlier runs wrote
            here is removed, other files stay.

    Raises:
        FileError: There is something in the folder, and neither was asked for; it is to
            be overwritten or resumed, and is no run, but has files of the same names;
            or it cannot be made.
    """

    def __init__(
        self, path: str | Path, *, resume: bool = False, overwrite: bool = False
    ):
        self.path = Path(path)
        self.check(self.path, resume, overwrite)
        if overwrite and not resume:
            clear_run(self.path)
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            # Workers but the chief come later, to a run: they write nothing here.
            if not is_run(self.path):
                self.write_versions()
        except OSError as error:
            reason = f"cannot make this folder: {error.strerror}"
            raise FileError(self.path, reason) from error

    @staticmethod
    def check(path: str | Path, resume: bool = False, overwrite: bool = False) -> None:
        """Refuses what the constructor would, and changes nothing.

        Args:
            path: The folder, which need not exist.
            resume: Whether to go on with the run in it.
            overwrite: Whether to begin anew where there is one.

        Raises:
            FileError: There is something in the folder, and neither was asked for; it
                is to be overwritten or resumed, and is no run, but has files of the
                same names; or it is a file.
        """
        path = Path(path)
        if path.exists() and not path.is_dir():
            raise FileError(path, "is a file; a run needs a folder")
        if not path.exists():
            return
        if resume or overwrite:
            _check_own(path, "resumed" if resume else "removed")
            return
        found = sorted(inside.name for inside in path.iterdir())
        if found and not (found == [VERSIONS] and is_run(path)):
            shown = ", ".join(found[:3])
            raise FileError(
                path,
                f"is not empty ({shown}); resume the run in it (--resume), write over "
                "it (--overwrite), or choose another folder",
            )

    def __truediv__(self, name: str) -> Path:
        return self.path / name

    def remove_strays(self) -> None:
        """Removes what a killed process had begun to write here.

        Of several workers the chief alone may call it, before it writes.

        Raises:
            FileError: Something cannot be removed.
        """
        try:
            _remove_strays(self.path)
        except OSError as error:
            raise FileError(self.path, f"cannot clear: {error.strerror}") from error

    def write_text(self, name: str, text: str) -> None:
        """Writes a small file, whole or not at all."""
        with atomic_path(self.path / name) as temporary:
            temporary.write_text(text, encoding="utf-8")

    def write_versions(self) -> None:
        """Notes what the run was made with."""
        self.write_text(VERSIONS, json.dumps(versions(), indent=2) + "\n")

    def write_history(self, rows: Mapping[int, Mapping[str, float]]) -> None:
        """Writes one line an epoch; epochs count from 1, as in Keras's bar.

        Args:
            rows: By epoch, from 0, what it logged; what it did not stays empty.
        """
        names = list(dict.fromkeys(name for row in rows.values() for name in row))
        with (
            atomic_path(self.path / HISTORY) as temporary,
            temporary.open("w", newline="", encoding="utf-8") as file,
        ):
            writer = csv.writer(file)
            writer.writerow(["epoch", *names])
            for epoch in sorted(rows):
                cells = [rows[epoch].get(name, "") for name in names]
                writer.writerow([epoch + 1, *cells])


def clear_run(path: Path) -> None:
    """Removes what a run wrote to its folder; what else is there stays.

    Raises:
        FileError: Something cannot be removed.
    """
    try:
        for name in _FILES:
            (path / name).unlink(missing_ok=True)
        for name in _FOLDERS:
            if (path / name).exists():
                shutil.rmtree(path / name)
        _remove_strays(path)
        # Last, as without it nobody would know the rest for a run's.
        (path / VERSIONS).unlink(missing_ok=True)
    except OSError as error:
        raise FileError(path, f"cannot clear: {error.strerror}") from error


def _remove_strays(path: Path) -> None:
    for name in (*_FILES, VERSIONS):
        for stray in strays_of(path / name):
            stray.unlink(missing_ok=True)


def is_run(path: Path) -> bool:
    """Whether a run of kerasseg was begun in a folder, and noted its versions."""
    try:
        found = json.loads((path / VERSIONS).read_text(encoding="utf-8"))
    except (OSError, ValueError):  # there is none, or it is somebody else's
        return False
    return isinstance(found, dict) and "kerasseg" in found


def _check_own(path: Path, done: str) -> None:
    """Refuses a folder whose files have the names of a run's, and are none of it."""
    if is_run(path):
        return
    found = [n for n in (*_FILES, *_FOLDERS, VERSIONS) if (path / n).exists()]
    if found:
        raise FileError(
            path,
            f"has {', '.join(found[:3])}, but no {VERSIONS} of kerasseg that proves a "
            f"run, so nothing is {done}; move them away, or choose another folder",
        )


def versions() -> dict[str, str]:
    """Python, kerasseg, the backend and the packages that matter for results."""
    found = {
        "python": platform.python_version(),
        "kerasseg": __version__,
        "backend": keras.backend.backend(),
    }
    for name in _PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found
