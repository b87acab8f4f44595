import numpy as np
import pytest

from kerasseg.errors import FileError, KerasSegWarning
from kerasseg.training.checkpoint_folder import CheckpointFolder

ARRAYS = [("model", "kernel", np.ones(4))]


@pytest.fixture
def folder(tmp_path):
    folder = CheckpointFolder(tmp_path / "run" / "checkpoints", keep=2)
    for steps in (5, 90, 1000):
        folder.write(steps, {"steps": steps}, ARRAYS)
    return folder


def fits(contents):
    return None


def names(folder):
    return sorted(path.name for path in folder.path.iterdir())


def test_the_newest_are_kept(folder):
    assert names(folder) == ["step-0000000090.npz", "step-0000001000.npz"]
    assert folder.read_newest(fits).facts == {"steps": 1000}


def test_what_was_just_written_is_kept_whatever_its_number(folder):
    path = folder.write(7, {"steps": 7}, ARRAYS)
    assert path.exists()
    assert len(folder.paths()) == 3
    folder.write(2000, {"steps": 2000}, ARRAYS)
    assert names(folder) == ["step-0000001000.npz", "step-0000002000.npz"]


def test_an_empty_folder_has_none(tmp_path):
    assert CheckpointFolder(tmp_path / "none", 1).read_newest(fits) is None


def test_a_torn_checkpoint_is_named_and_the_one_before_is_used(folder):
    newest = folder.paths()[-1]
    newest.write_bytes(newest.read_bytes()[:-1])
    with pytest.warns(KerasSegWarning, match=r"1000\.npz: is torn.*90\.npz, the one"):
        assert folder.read_newest(fits).facts == {"steps": 90}
    folder.write(91, {"steps": 91}, ARRAYS)
    # Or it would be the newest on every start.
    assert names(folder)[-2:] == ["step-0000000091.npz", "step-0000001000.refused"]
    assert folder.read_newest(fits).facts == {"steps": 91}


def test_one_that_cannot_be_set_aside_is_named(folder):
    newest = folder.paths()[-1]
    newest.write_bytes(b"torn")
    with pytest.warns(KerasSegWarning):
        folder.read_newest(fits)
    newest.with_suffix(".refused").mkdir()
    with pytest.raises(FileError, match=r"1000\.npz: cannot be renamed.*move it"):
        folder.write(91, {"steps": 91}, ARRAYS)
    assert {path.name for path in folder.paths()} > {"step-0000000091.npz"}


def test_one_of_another_run_is_named_and_the_one_before_is_used(folder):
    def check(contents):
        return "kernel differs" if contents.facts["steps"] == 1000 else None

    with pytest.warns(KerasSegWarning, match="belongs to another run: kernel differs"):
        assert folder.read_newest(check).facts == {"steps": 90}


def test_where_none_fits_the_newest_is_refused(folder):
    with pytest.raises(FileError, match=r"1000\.npz: belongs to another run: no"):
        folder.read_newest(lambda contents: "no")


def test_what_a_kill_left_is_removed(folder):
    stray = folder.path / ".step-0000001010-ab12.npz"
    stray.write_bytes(b"half")
    (folder.path / "notes.txt").write_text("mine")
    folder.remove_strays()
    assert not stray.exists()
    assert "notes.txt" in names(folder)


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    folder = CheckpointFolder(tmp_path / "file" / "checkpoints", 1)
    with pytest.raises(FileError, match="cannot make this folder"):
        folder.write(1, {}, ARRAYS)
