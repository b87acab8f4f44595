"""The checkpoints of one run: which there are, which to keep, what a kill left over."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

from kerasseg.errors import ArgumentError, FileError, KerasSegWarning
from kerasseg.training.checkpoint_file import (
    Contents,
    read_checkpoint,
    write_checkpoint,
)

_PATTERN = "step-*.npz"
_STRAYS = ".step-*.npz"  # what `atomic_path` names a file that is not whole yet


class CheckpointFolder:
    """Checkpoints named by the steps done, newest last.

    Args:
        path: The folder; made when the first checkpoint is written.
        keep: How many to keep, at least 1.
    """

    def __init__(self, path: Path, keep: int):
        self.path = path
        self.keep = keep
        self._refused: list[Path] = []

    def paths(self) -> list[Path]:
        """The checkpoints, oldest first."""
        return sorted(self.path.glob(_PATTERN))

    def remove_strays(self) -> None:
        """Removes what a killed process had begun to write."""
        for path in self.path.glob(_STRAYS):
            _remove(path)

    def read_newest(self, check: Callable[[Contents], str | None]) -> Contents | None:
        """The newest checkpoint that is whole and fits; warns of newer ones.

        Args:
            check: Says why a checkpoint does not fit, or `None`.

        Returns:
            Its contents, or `None` where there is no checkpoint.

        Raises:
            FileError: There are checkpoints, and none can be used.
        """
        problems = []
        for path in reversed(self.paths()):
            try:
                contents = read_checkpoint(path)
                problem = check(contents)
                if problem is not None:
                    raise FileError(path, f"belongs to another run: {problem}")
            except FileError as error:
                problems.append(error)
                continue
            self._refused = [error.path for error in problems]
            for error in problems:
                message = f"{error}. Going on from {path.name}, the one before."
                warnings.warn(message, KerasSegWarning, stacklevel=3)
            return contents
        if problems:
            raise problems[0]
        return None

    def write(
        self,
        steps: int,
        facts: dict[str, Any],
        arrays: Iterable[tuple[str, str, np.ndarray]],
    ) -> Path:
        """Writes a checkpoint, then removes those that are not to be kept.

        Raises:
            FileError: It cannot be written; the others are all still there.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise FileError(
                self.path, f"cannot make this folder: {error.strerror}"
            ) from error
        path = self.path / f"step-{steps:010d}.npz"
        write_checkpoint(path, facts, arrays)
        self._set_aside(path)
        for old in self.paths()[: -self.keep]:
            if old != path:  # it may be of fewer steps than what was there
                _remove(old)
        return path

    def _set_aside(self, written):
        """Renames what was refused, or its number would make it the newest for ever."""
        for path in self._refused:
            if path != written and path.exists():
                _rename(path, path.with_suffix(".refused"))
        self._refused = []


def _rename(path, target):
    try:
        path.replace(target)
    except OSError as error:
        raise FileError(
            path,
            f"cannot be renamed to {target.name}: {error.strerror}; move it away, "
            "as it is damaged or of another run, and would be taken for the newest",
        ) from error


def check_keep(keep: int) -> None:
    """Raises `ArgumentError` unless a folder can keep so many checkpoints."""
    if not isinstance(keep, int) or isinstance(keep, bool) or keep < 1:
        raise ArgumentError(
            f"keep must be an integer of at least 1. Received: keep={keep!r}"
        )


def _remove(path):
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        message = f"{path}: cannot be removed: {error.strerror}"
        warnings.warn(message, KerasSegWarning, stacklevel=3)
