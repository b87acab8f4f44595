import os

import pytest

from kerasseg.data.listing import find_images, natural_key, read_lines
from kerasseg.errors import FileError


def make(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def found(folder):
    files, problems = find_images(folder)
    names = [path.relative_to(folder).as_posix() for path in files]
    return names, {path.name: text for path, text in problems}


def test_numbers_in_names_count_as_numbers(tmp_path):
    make(tmp_path, "10.png", "9.PNG", "2.Jpeg", "b/1.tif", "a/01.png", "a/1.png")
    names, problems = found(tmp_path)
    assert names == ["2.Jpeg", "9.PNG", "10.png", "a/01.png", "a/1.png", "b/1.tif"]
    assert not problems
    assert natural_key("") < natural_key("1") < natural_key("a")


def test_what_desktops_leave_is_passed_by_and_texts_are(tmp_path):
    make(tmp_path, "a.png", ".DS_Store", "Thumbs.db", "desktop.ini", "._a.png")
    make(tmp_path, "__MACOSX/a.png", ".git/x.png", "README.md", "list.TXT", "a.json")
    assert found(tmp_path) == (["a.png"], {})


def test_nothing_else_is_passed_by(tmp_path):
    make(tmp_path, "a.png", "b.psd", "c", "d.png.part")
    (tmp_path / "gone.png").symlink_to(tmp_path / "nowhere.png")
    (tmp_path / "self.png").symlink_to(tmp_path / "self.png")
    os.mkfifo(tmp_path / "pipe.png")
    names, problems = found(tmp_path)
    assert names == ["a.png"]
    assert problems == {
        "b.psd": "is no image: files of kind .psd are not read",
        "c": "is no image: files without suffix are not read",
        "d.png.part": "is no image: files of kind .part are not read",
        "gone.png": "is a link that leads to no file",
        "self.png": "is a link that leads to no file",
        "pipe.png": "is no regular file",
    }


def test_links_to_folders_are_followed_but_not_in_circles(tmp_path):
    make(tmp_path, "data/a.png", "other/b.png")
    (tmp_path / "data/other").symlink_to(tmp_path / "other")
    (tmp_path / "other/back").symlink_to(tmp_path / "data")
    (tmp_path / "data/self").symlink_to(".")
    names, problems = found(tmp_path / "data")
    assert names == ["a.png", "other/b.png"]
    assert problems.keys() == {"back", "self"}
    assert "circle" in problems["back"]


def test_folders_that_are_none(tmp_path):
    make(tmp_path, "a.png")
    for path in (tmp_path / "none", tmp_path / "a.png", tmp_path / ("x" * 300)):
        with pytest.raises(FileError):
            find_images(path)
    with pytest.raises(FileError):
        find_images("null\0character")


def test_lines(tmp_path):
    path = tmp_path / "list.txt"
    path.write_bytes("\ufeff a b \r\n\r\nc".encode())
    assert read_lines(path) == ["a b", "c"]
    with pytest.raises(FileError, match="is not a text file"):
        read_lines(tmp_path)


def test_folders_named_like_images(tmp_path):
    make(tmp_path, "a.png/b.png", "c/d.png")
    names, problems = found(tmp_path)
    assert names == ["c/d.png"]
    assert "is a folder" in problems["a.png"]
