"""The folders of the stages of one run, which begin and go on together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from kerasseg.run_files import CHECKPOINTS
from kerasseg.training.checkpoint_folder import CheckpointFolder
from kerasseg.training.distribution.chief import let_chief
from kerasseg.training.distribution.strategy import Strategy
from kerasseg.training.run_folder import RunFolder


def check_stages(
    folders: Sequence[Path], strategy: Strategy, resume: bool, overwrite: bool
) -> None:
    """Refuses what `RunFolder` would of any of them, and changes nothing.

    Args:
        folders: Of the stages, in order.
        strategy: The devices; the chief looks for all.
        resume: Whether to go on with the run in them.
        overwrite: Whether to begin anew where there is one.

    Raises:
        FileError: As for `RunFolder`.
    """

    def check():
        for folder in folders:
            RunFolder.check(folder, resume, overwrite)

    let_chief(strategy, check)


def clear_stages(folders: Sequence[Path], strategy: Strategy) -> None:
    """Removes what an earlier run left in them.

    The last stage goes first: wherever this is cut off, no stage is left that goes
    back to one which is gone, and would be taken for one of the new run.

    Args:
        folders: Of the stages, in order.
        strategy: The devices.

    Raises:
        FileError: As for `RunFolder`.
    """
    for folder in reversed(folders):
        strategy.open_run(folder, overwrite=True)


def current_stage(folders: Sequence[Path]) -> int:
    """The number of the last stage that has a checkpoint; 0 where none has."""
    begun = [
        number
        for number, folder in enumerate(folders)
        if CheckpointFolder(folder / CHECKPOINTS, keep=1).paths()
    ]
    return max(begun, default=0)
