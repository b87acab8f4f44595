"""The error of a worker that is left alone."""

from __future__ import annotations

from kerasseg.errors import KerasSegError


class WorkerLostError(KerasSegError):
    """Another worker ended or cannot be reached, so none can go on.

    Args:
        index: Of this worker.
        workers: How many there were.
        cause: What TensorFlow said.
    """

    def __init__(self, index: int, workers: int, cause: Exception):
        text = " ".join(str(getattr(cause, "message", cause)).split())
        reason = text[max(text.find("Collective ops is aborted"), 0) :][:300]
        super().__init__(
            f"Worker {index} of {workers} has lost another worker, which ended or "
            "cannot be reached. Start the same command on every machine again with "
            f"resume=True (--resume): it goes on from the last checkpoint. ({reason})"
        )
        self.index = index
