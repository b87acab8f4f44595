import subprocess
import sys

import pytest

BATCHES = """
import time
import keras
import numpy as np
from kerasseg.training import endless_batches

class Slow(keras.utils.PyDataset):
    def __len__(self):
        return 50

    def __getitem__(self, index):
        time.sleep(0.05)
        return np.zeros((2, 3)), np.zeros(2)

def begin():
    batches = iter(endless_batches(Slow()))
    next(batches)
    return batches
"""
IN_A_CYCLE = """
cycle = [begin()]
cycle.append(cycle)
del cycle
"""
ON_A_TRACEBACK = """
def fail():
    batches = begin()
    raise RuntimeError("failed in the midst")

fail()
"""
ON_THE_CAUSE = """
def fail():
    batches = begin()
    raise ValueError("of the data")

try:
    fail()
except ValueError as error:
    raise RuntimeError("failed in the midst") from error
"""
ENDINGS = {"cycle": IN_A_CYCLE, "traceback": ON_A_TRACEBACK, "cause": ON_THE_CAUSE}


@pytest.mark.parametrize("held_by", ENDINGS)
def test_the_interpreter_ends_with_iterators_at_work(held_by):
    # Without their destruction beforehand it waits for ever, every time.
    ended = subprocess.run(
        [sys.executable, "-c", BATCHES + ENDINGS[held_by]],
        capture_output=True,
        text=True,
        timeout=120,
    )
    fails = held_by != "cycle"
    assert ended.returncode == fails, ended.stderr[-2000:]
    assert ("failed in the midst" in ended.stderr) == fails
