import sys
from pathlib import Path

import numpy as np
import pytest

from kerasseg.inference.tiles.memory_maps import release_pages


def resident_file_pages():
    text = Path("/proc/self/status").read_text()
    line = next(line for line in text.splitlines() if line.startswith("RssFile"))
    return int(line.split()[1]) * 1024


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_written_pages_are_let_go_and_stay_written(tmp_path):
    size = 32_000_000
    array = np.memmap(tmp_path / "map", np.uint8, "w+", shape=(size,))
    array[:] = 7
    before = resident_file_pages()
    release_pages(array[5:])  # a view of it will do
    assert before - resident_file_pages() > 0.9 * size
    assert (array == 7).all()
    array.flush()
    assert set(np.fromfile(tmp_path / "map", np.uint8)) == {7}


def test_private_changes_are_kept(tmp_path):
    np.zeros(10_000, np.uint8).tofile(tmp_path / "map")
    array = np.memmap(tmp_path / "map", np.uint8, "c")
    array[:] = 3
    release_pages(array)
    assert (array == 3).all()


def test_other_arrays_are_left_alone():
    array = np.ones(3)
    release_pages(array)
    release_pages([1, 2])
    assert (array == 1).all()
