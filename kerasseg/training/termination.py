"""A request to stop (SIGTERM), kept until the step at hand is done."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

EXIT_CODE = 75  # EX_TEMPFAIL of sysexits.h: try again later
_PATIENCE = 60.0  # seconds that a request may wait for the end of a step


class TrainingTerminated(SystemExit):
    """SIGTERM came, and the run was saved; the process exits with code 75.

    75 is `EX_TEMPFAIL` of `sysexits.h`, "try again": a scheduler can tell a run that
    may be continued from one that failed (1), or that was killed unsaved (143, 137).

    Attributes:
        path: The checkpoint.
    """

    def __init__(self, path: Path):
        super().__init__(EXIT_CODE)
        self.path = path

    def __str__(self):
        return f"SIGTERM: the run was saved as {self.path} and can be resumed"


class TerminationWatch:
    """Remembers a SIGTERM while it watches.

    A second one changes nothing, as some schedulers send two, unless the first has
    waited for a minute: then the training hangs, or an error has ended it.

    Attributes:
        requested: Whether the training is to end.
    """

    def __init__(self):
        self.requested = False
        self._heard_at: float | None = None
        self._previous = None

    @property
    def heard(self) -> bool:
        """Whether one has come to this process since `start`."""
        return self._heard_at is not None

    def start(self) -> None:
        """Begins to watch. Only a process's main thread can; others leave it be."""
        self.requested, self._heard_at = False, None
        is_main = threading.current_thread() is threading.main_thread()
        if is_main and self._previous is None:
            self._previous = signal.signal(signal.SIGTERM, self._remember)

    def stop(self) -> None:
        """Gives SIGTERM back to whom it belonged before."""
        if self._previous is not None:
            signal.signal(signal.SIGTERM, self._previous)
            self._previous = None

    def _remember(self, number, frame):
        if not self.heard:
            self._heard_at = time.monotonic()
            self._request()
        elif time.monotonic() - self._heard_at >= _PATIENCE:
            self.stop()
            os.kill(os.getpid(), number)

    def _request(self):
        self.requested = True
