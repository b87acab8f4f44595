"""A checkpoint of several workers: the chief writes it, all read it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from kerasseg.training.checkpoint_writing import check_finite
from kerasseg.training.position import Position
from kerasseg.training.resumable_checkpoint import ResumableCheckpoint
from kerasseg.training.termination import TerminationWatch


class SharedCheckpoint(ResumableCheckpoint):
    """A `ResumableCheckpoint` that all workers ask, and one writes.

    SIGTERM at any worker ends all of them after the same step: a worker that left alone
    would leave the others in the middle of the next one.

    Args:
        writes: Whether this worker writes.
        wait: Returns when every worker has called it.
    """

    def __init__(
        self, *arguments: Any, writes: bool, wait: Callable[[], None], **options: Any
    ):
        super().__init__(*arguments, **options)
        self.writes = writes
        self._wait = wait
        if self._watch is not None:
            self._watch = _AgreedWatch()

    @property
    def hears_request(self) -> bool:
        """Whether SIGTERM came to this process."""
        return self._watch is not None and self._watch.heard

    def end_after_this_step(self) -> None:
        """Tells that some worker was sent SIGTERM."""
        if self._watch is not None:
            self._watch.requested = True

    def _save(self, position: Position, *arguments: Any) -> Path:
        if self.writes:
            return super()._save(position, *arguments)
        # The chief ends the same way; alone, it would leave the others to wait for it.
        check_finite(self.model, position, self.folder.path)
        return self.folder.path

    def _exit_if_requested(self, path):
        if self._is_requested():
            self._wait()  # until the chief has written
        super()._exit_if_requested(path)


class _AgreedWatch(TerminationWatch):
    """Hears SIGTERM, but leaves it to all workers together to say what follows."""

    def _request(self):
        pass
