import pytest

from kerasseg.errors import FileError
from kerasseg.training import RunFolder


def test_a_folder_is_checked_without_a_change(tmp_path):
    RunFolder.check(tmp_path / "new")
    assert not (tmp_path / "new").exists()
    RunFolder.check(tmp_path)  # empty
    (tmp_path / "last.keras").write_text("a net")
    with pytest.raises(FileError, match=r"is not empty \(last.keras\)"):
        RunFolder.check(tmp_path)
    RunFolder.check(tmp_path, resume=True)
    RunFolder.check(tmp_path, overwrite=True)
    assert (tmp_path / "last.keras").exists()
    with pytest.raises(FileError, match="is a file"):
        RunFolder.check(tmp_path / "last.keras", overwrite=True)
