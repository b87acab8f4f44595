"""What a training goes on from, each part given back when its moment has come."""

from __future__ import annotations

from collections.abc import Sequence

import keras

from kerasseg.errors import ArgumentError, FileError
from kerasseg.training.callback_state import restore_callbacks, warn_of_new
from kerasseg.training.checkpoint_file import Contents
from kerasseg.training.checkpoint_folder import CheckpointFolder
from kerasseg.training.position import START, Position
from kerasseg.training.training_state import METRICS, assign, difference, groups_of


class Resumption:
    """A checkpoint that was read, and whose numbers the model has.

    Callbacks get back what they remember when the training begins, and once more when
    its first epoch does; metrics, whose variables Keras makes in a step, when the
    first step has been repeated. Then the checkpoint is let go.

    Args:
        contents: What it holds, or `None` where there was none.

    Attributes:
        start: Where to go on.
    """

    def __init__(self, contents: Contents | None = None):
        self._contents = contents
        self._has_warned = False
        self.start = START
        if contents is not None:
            self.start = Position(*contents.facts["position"])

    @property
    def is_pending(self) -> bool:
        """Whether there is a checkpoint, and it is not given back yet."""
        return self._contents is not None

    def end(self) -> None:
        """Lets the checkpoint go."""
        self._contents = None

    def check(
        self, folder: CheckpointFolder, steps_per_epoch: int, at_once: int
    ) -> None:
        """Checks that a training with so many steps may begin or go on in a folder.

        Args:
            folder: Of the checkpoints.
            steps_per_epoch: Steps of an epoch.
            at_once: How many of them Keras runs before it calls callbacks.

        Raises:
            FileError: It would begin, and the folder has checkpoints.
            ArgumentError: An epoch, or what runs at once, had another number of steps
                before.
        """
        if self._contents is None:
            existing = folder.paths() if self.start == START else ()
            if existing:
                raise FileError(
                    existing[-1],
                    "is of an earlier run; call restore(model) before fit to go on "
                    "with it, or give this run a folder of its own",
                )
            return
        before = self._contents.facts["steps_per_epoch"]
        if before != steps_per_epoch:
            raise ArgumentError(
                f"An epoch had {before} steps when the checkpoint was written: these "
                "are other data, or batches of another size. "
                f"Received: {steps_per_epoch} steps"
            )
        repeated = self.start.repeated
        if repeated not in (0, at_once):
            raise ArgumentError(
                f"The checkpoint was written amid an epoch that ran {repeated} steps "
                f"at once: compile the model with steps_per_execution={repeated}; from "
                "the end of an epoch on another number will do. "
                f"Received: steps_per_execution={at_once}"
            )

    def check_epoch(self, epoch: int) -> None:
        """Checks that the training begins with the epoch that it is to go on with.

        Raises:
            ArgumentError: It begins with another.
        """
        if self.is_pending and epoch != self.start.epoch:
            raise ArgumentError(
                f"The checkpoint goes on with epoch {self.start.epoch}, counted from "
                "0: pass initial_epoch=start.epoch to model.fit, where start is what "
                f"restore returned. Received: initial_epoch={epoch}"
            )

    def restore_callbacks(
        self, callbacks: Sequence[keras.callbacks.Callback], model: keras.Model
    ) -> None:
        """Lets callbacks, and the history of the model, remember again."""
        anew = restore_callbacks(callbacks, self._contents)
        if not self._has_warned:
            warn_of_new(anew, self._contents)
            self._has_warned = True
        history = getattr(model, "history", None)
        if history is not None:
            recorded = self._contents.facts["history"]
            history.epoch = list(recorded["epoch"])
            history.history = {k: list(v) for k, v in recorded["history"].items()}

    def undo_repetition(self, model: keras.Model) -> None:
        """Restores all that the repeated steps changed, and the metrics they built.

        Keras makes the variables of most metrics in the first step, not before.

        Raises:
            ArgumentError: The model has other metrics.
        """
        groups = groups_of(model)
        groups[METRICS] = model.metrics_variables
        problem = difference(self._contents, groups)
        if problem is not None:
            raise ArgumentError(
                f"The metrics differ from those of the checkpoint: {problem}. Compile "
                "the model with the same metrics."
            )
        assign(self._contents, groups)
        self.end()
