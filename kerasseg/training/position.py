"""Where in a run the training stands."""

from __future__ import annotations

from typing import NamedTuple


class Position(NamedTuple):
    """What has been trained: whole epochs, and steps of the next one.

    Attributes:
        epoch: The epoch to go on with, from 0; pass it as `initial_epoch`.
        step: Steps of that epoch that are done.
        repeated: How many of them are run once more, and undone, because Keras makes
            the variables of metrics in a step, and cannot begin an epoch at its end.
        finished: The run was stopped on purpose, by `EarlyStopping` say; there is
            nothing left to do.
    """

    epoch: int = 0
    step: int = 0
    repeated: int = 0
    finished: bool = False

    @property
    def first_step(self) -> int:
        """The step of the epoch whose batch the training is to be given first."""
        return self.step - self.repeated


START = Position()
