"""An early end of a run, which holds as long as what judged its epochs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kerasseg.errors import FileError
from kerasseg.training.checkpoint_file import read_facts
from kerasseg.training.checkpoint_folder import CheckpointFolder
from kerasseg.training.monitor import StopEarly
from kerasseg.training.position import Position


def judged_anew(start: Position, checkpoints: Path, monitor: str | None) -> Position:
    """Where a run goes on that was stopped early, if it is judged otherwise now.

    Args:
        start: Where the checkpoint says.
        checkpoints: The folder of the checkpoints.
        monitor: A name in the history, or `None` for what judged it before.

    Returns:
        `start`, not finished any more if `StopEarly` ended the run by another monitor.
    """
    before = _judge(start, checkpoints) if start.finished else None
    if before is None or monitor in (None, before):
        return start
    return start._replace(finished=False)


def early_end(start: Position, checkpoints: Path) -> str:
    """What there is to say of a run that was stopped, and of which nothing is left."""
    judge = _judge(start, checkpoints)
    reason = "" if judge is None else f", as {judge} did not improve"
    return (
        f"The run was stopped early after epoch {start.epoch}{reason}; nothing is left "
        "to train."
    )


def _judge(start, checkpoints) -> str | None:
    """The monitor by which `StopEarly` ended a run; `None` if it did not."""
    for entry in _facts(start, checkpoints).get("callbacks", ()):
        state = entry["state"]
        if entry["class"] == StopEarly.__name__ and state["stopped_epoch"] > 0:
            return state["monitor"]
    return None


def _facts(start, checkpoints) -> dict[str, Any]:
    """Those of the checkpoint from which the run starts there."""
    for path in reversed(CheckpointFolder(checkpoints, keep=1).paths()):
        try:
            facts = read_facts(path)
        except FileError:  # restoring has said so
            continue
        if Position(*facts["position"]) == start:
            return facts
    return {}
