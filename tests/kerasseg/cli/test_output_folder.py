import pytest

from kerasseg.cli.output_folder import check_folder, make_folder
from kerasseg.errors import FileError


def test_a_file_is_no_folder_and_holds_none(tmp_path):
    (file := tmp_path / "file").write_text("mine")
    with pytest.raises(FileError, match="file: is a file; a folder is needed"):
        check_folder(file)
    with pytest.raises(FileError, match="within: cannot make this folder: Not a dir"):
        make_folder(file / "within")
    assert file.read_text() == "mine"


def test_makes_what_is_missing_and_keeps_what_is_there(tmp_path):
    folder = tmp_path / "new" / "out"
    check_folder(folder)
    for _ in range(2):
        make_folder(folder)
        check_folder(folder)
        (folder / "kept").touch()
    assert [path.name for path in folder.iterdir()] == ["kept"]
