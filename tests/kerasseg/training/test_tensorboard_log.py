"""That it writes what TensorBoard reads is tested in `test_fitting.py`."""

import numpy as np
import pytest

from kerasseg.errors import FileError
from kerasseg.training import TensorBoardLog

resource = pytest.importorskip("resource")


@pytest.fixture
def full_disk():
    """No file grows beyond 100 bytes."""
    _, hard = before = resource.getrlimit(resource.RLIMIT_FSIZE)

    def fill():
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))

    yield fill
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_is_told_as_such(tmp_path, full_disk):
    log = TensorBoardLog(tmp_path / "logs")
    log.on_epoch_end(0, {"loss": 1.0})
    full_disk()
    picture = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
    log.add_pictures("photo", [picture], 1)
    with pytest.raises(FileError, match=r"logs: cannot write logs: File too large$"):
        log.on_epoch_end(1, {"loss": 1.0})


def test_a_file_in_place_of_the_folder_is_told_as_such(tmp_path):
    (tmp_path / "logs").write_text("mine")
    log = TensorBoardLog(tmp_path / "logs")
    words = r"cannot write logs: .*logs is not a directory$"
    with pytest.raises(FileError, match=words):
        log.on_epoch_end(0, {"loss": 1.0})
    with pytest.raises(FileError, match=words):
        log.add_pictures("photo", [np.zeros((4, 4, 3), np.uint8)], 0)
