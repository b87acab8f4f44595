"""The folders of the stages of an FCN, each in that of the run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from kerasseg.cli.train_model import STAGES
from kerasseg.errors import FileError, UsageError
from kerasseg.run_files import CHECKPOINTS
from kerasseg.training.checkpoint_file import read_facts
from kerasseg.training.checkpoint_folder import CheckpointFolder
from kerasseg.training.position import Position
from kerasseg.training.run_folder import clear_run, is_run
from kerasseg.training.stage_folders import current_stage


def stages_of(model: str) -> list[str]:
    """The nets that a staged training trains, the last of which is wanted.

    Raises:
        UsageError: It is none that grows out of another.
    """
    last = STAGES[1:]
    if model not in last:
        raise UsageError(
            f"--staged: goes with --model {' or '.join(last)}, not with {model}"
        )
    return list(STAGES[: STAGES.index(model) + 1])


def clear_stages(run: Path) -> None:
    """Removes what stages of an earlier run wrote, those of a longer one included.

    What else is in their folders stays, and so do folders that are no run's. The last
    goes first, as in `kerasseg.training.stage_folders.clear_stages`.

    Raises:
        FileError: Something cannot be removed.
    """
    for name in reversed(STAGES):
        folder = run / name.lower()
        if not is_run(folder):
            continue
        clear_run(folder)
        if not any(folder.iterdir()):
            folder.rmdir()


def unfinished_stage(folders: Sequence[Path], steps: int) -> Path:
    """The folder of the stage that a training begins or goes on with.

    Args:
        folders: Of the stages, in order.
        steps: That each of them is to have.

    Returns:
        Of those that no other followed yet, the first that has fewer; the last, if
        none has.
    """
    folders = folders[current_stage(folders) :]
    unfinished = (folder for folder in folders if not _is_done(folder, steps))
    return next(unfinished, folders[-1])


def _is_done(folder: Path, steps: int) -> bool:
    for path in reversed(CheckpointFolder(folder / CHECKPOINTS, keep=1).paths()):
        try:
            facts = read_facts(path)
        except FileError:  # the training says so, and takes the one before too
            continue
        position = Position(*facts["position"])
        done = position.epoch * facts["steps_per_epoch"] + position.step
        return position.finished or done >= steps
    return False
