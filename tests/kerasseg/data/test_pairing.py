import os
import unicodedata

import pytest

from kerasseg.data import pair_by_name
from kerasseg.data.pairing import pair_listed
from kerasseg.errors import DataError, FileError

ODD_NAMES = (
    *("two words", " blank at front", "a%20b", "%s", "dots.in.name", "Straße", "日本"),
    *("line\nbreak", "tab\t", "quote'\"", "-rf", "~", "{0}", "*?[a]", "#", "🏥"),
)


def touch(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


@pytest.mark.parametrize("name", ODD_NAMES)
def test_odd_names(tmp_path, name):
    touch(tmp_path, f"i/{name}.PNG", f"m/{name}.tif")
    (pair,) = pair_by_name(tmp_path / "i", tmp_path / "m")
    assert pair.name == name
    assert (pair.image.name, pair.mask.name) == (f"{name}.PNG", f"{name}.tif")


def test_unicode_forms_are_one_name(tmp_path):
    composed = unicodedata.normalize("NFC", "Bäume")
    touch(tmp_path, f"i/{composed}.png")
    touch(tmp_path, f"m/{unicodedata.normalize('NFD', composed)}.png")
    assert [pair.name for pair in pair_by_name(tmp_path / "i", tmp_path / "m")] == [
        composed
    ]


def test_names_that_are_no_text_do_not_break_the_message(tmp_path):
    (tmp_path / "m").mkdir()
    folder = os.fsencode(touch(tmp_path, "i/a.png") / "i")
    with open(folder + b"/\xff\n.png", "wb"):  # noqa: PTH123 - a name in bytes
        pass
    with pytest.raises(DataError) as caught:
        pair_by_name(tmp_path / "i", tmp_path / "m")
    text = str(caught.value)
    assert text.encode().count(b"\n") == 2
    assert "\\udcff\\n.png: has no mask" in text


def test_every_fault_is_listed_at_once(tmp_path):
    touch(tmp_path, "i/a.png", "i/b.png", "i/B2.png", "i/c.png", "i/c.jpg")
    touch(tmp_path, "m/a.png", "m/b2.png", "m/c.png", "m/d.png", "m/e.psd", "m/noend")
    with pytest.raises(DataError) as caught:
        pair_by_name(tmp_path / "i", tmp_path / "m")
    found = {path.name: text for path, text in caught.value.problems}
    assert found.keys() == {
        *("b.png", "B2.png", "b2.png", "c.png", "d.png", "e.psd", "noend"),
    }
    assert "has no mask" in found["b.png"]
    assert "b2.png differs in upper and lower case" in found["B2.png"]
    assert "same name as c.jpg" in found["c.png"]
    assert found["e.psd"] == "is no image: files of kind .psd are not read"
    assert "7 problems" in str(caught.value)


def test_a_hundred_faults_are_shown_and_all_are_kept(tmp_path):
    touch(tmp_path, *(f"i/{n}.png" for n in range(105)))
    (tmp_path / "m").mkdir()
    with pytest.raises(DataError, match="and 5 more") as caught:
        pair_by_name(tmp_path / "i", tmp_path / "m")
    assert len(caught.value.problems) == 105


def test_endings(tmp_path):
    touch(tmp_path, "i/x/a_rgb.png", "m/x/a_ids.png", "m/x/a_color.png")
    endings = {"image_ending": "_rgb", "mask_ending": "_ids"}
    folders = tmp_path / "i", tmp_path / "m"
    (pair,) = pair_by_name(*folders, **endings, beside=["_color"])
    assert pair.name == "x/a"
    with pytest.raises(DataError, match=r"a_color.*does not end in '_ids'"):
        pair_by_name(*folders, **endings)


def test_missing_folders(tmp_path):
    touch(tmp_path, "i/a.png")
    with pytest.raises(FileError, match="m: no such folder"):
        pair_by_name(tmp_path / "i", tmp_path / "m")
    with pytest.raises(FileError, match=r"a\.png: is no folder"):
        pair_by_name(tmp_path / "i", tmp_path / "i/a.png")


def test_listed_pairs(tmp_path):
    touch(tmp_path, "i/a.jpg", "i/b.jpg", "i/c.jpg", "m/a.png", "m/B.png", "m/x.psd")
    arguments = tmp_path / "i", tmp_path / "m", tmp_path / "list.txt"
    assert [pair.name for pair in pair_listed(["a"], *arguments)] == ["a"]
    with pytest.raises(DataError) as caught:
        pair_listed(["a", "a", "b", "x"], *arguments)
    assert [(path.name, text) for path, text in caught.value.problems] == [
        ("x.psd", "is no image: files of kind .psd are not read"),
        ("list.txt", "names 'a' 2 times"),
        (
            "b",
            "no such mask, but list.txt names it; B.png differs in upper and lower "
            "case",
        ),
    ]
