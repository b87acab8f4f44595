from types import SimpleNamespace

import pytest

from kerasseg.errors import ArgumentError
from kerasseg.training.fit_arguments import check_steps_at_once


@pytest.mark.parametrize(
    ("at_once", "per_epoch", "steps", "problem"),
    [
        (3, 8, None, r"divide the 8 steps of an epoch\. Received: .*=3"),
        (4, 8, 10, r"of the run\. Received: steps=10, steps_per_execution=4"),
    ],
)
def test_steps_at_once_that_do_not_fit_are_refused(at_once, per_epoch, steps, problem):
    model = SimpleNamespace(steps_per_execution=at_once)
    batches = SimpleNamespace(steps_per_epoch=per_epoch)
    with pytest.raises(ArgumentError, match=problem):
        check_steps_at_once(model, batches, steps)


@pytest.mark.parametrize("steps", [None, 4, 12, 16])
def test_steps_at_once_that_fit_are_taken(steps):
    model = SimpleNamespace(steps_per_execution=4)
    check_steps_at_once(model, SimpleNamespace(steps_per_epoch=8), steps)
