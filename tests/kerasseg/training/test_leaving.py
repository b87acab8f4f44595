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
HELD_BY_A_CYCLE_A_GLOBAL_AND_A_LOOP = """
cycle = [begin()]
cycle.append(cycle)
del cycle
batches = begin()
loop = zip(begin(), begin())
next(loop)
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
ENDINGS = {
    "script": HELD_BY_A_CYCLE_A_GLOBAL_AND_A_LOOP,
    "traceback": ON_A_TRACEBACK,
    "cause": ON_THE_CAUSE,
}


@pytest.mark.parametrize("held_by", ENDINGS)
def test_the_interpreter_ends_with_iterators_at_work(held_by):
    # Without their destruction beforehand it waits for ever, every time.
    ended = subprocess.run(
        [sys.executable, "-c", BATCHES + ENDINGS[held_by]],
        capture_output=True,
        text=True,
        timeout=120,
    )
    fails = held_by != "script"
    assert ended.returncode == fails, ended.stderr[-2000:]
    assert ("failed in the midst" in ended.stderr) == fails
