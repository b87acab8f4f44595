import json

import pytest

from kerasseg.data.class_names import find_class, read_class_names
from kerasseg.errors import FileError, UsageError

NAMES = ["cat", "dog", "3"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("names.txt", "cat\ndog\n3\n"),
        ("names.txt", "cat\r\n dog \r\n3\r\n\r\n"),
        ("list.json", json.dumps(NAMES)),
        ("by_number.json", json.dumps({"1": "dog", "0": "cat", "2": "3"})),
        ("by_name.json", json.dumps({"dog": 1, "cat": 0, "x": 2}).replace("x", "3")),
        ("index.json", json.dumps({str(i): [f"n{i}", n] for i, n in enumerate(NAMES)})),
    ],
)
def test_names_are_read_in_the_order_of_the_outputs(tmp_path, name, content):
    (tmp_path / name).write_text(content, encoding="utf-8")
    assert read_class_names(tmp_path / name) == NAMES


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("none.txt", None),
        ("empty.txt", b""),
        ("gap.txt", b"cat\n\ndog\n"),
        ("binary.txt", b"\xff\xfe\x00cat"),
        ("broken.json", b"{"),
        ("number.json", b"7"),
        ("holes.json", b'{"0": "cat", "2": "dog"}'),
    ],
)
def test_other_files_are_refused_by_name(tmp_path, name, content):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(FileError, match=name):
        read_class_names(path)


def test_classes_are_found_by_name_then_by_number():
    assert find_class("dog", NAMES, 3) == 1
    assert find_class("1", NAMES, 3) == 1
    assert find_class("3", NAMES, 3) == 2  # a name that looks like a number is a name
    assert find_class("0", None, 3) == 0


@pytest.mark.parametrize(
    ("wanted", "names", "reason"),
    [
        ("dgo", NAMES, "no class has this name. Near: dog"),
        ("7", NAMES, "0 to 2"),
        ("-1", NAMES, "0 to 2"),
        ("dog", None, "--labels"),
        ("", NAMES, "no class"),
    ],
)
def test_wrong_classes_are_refused(wanted, names, reason):
    with pytest.raises(UsageError, match=reason):
        find_class(wanted, names, 3)
