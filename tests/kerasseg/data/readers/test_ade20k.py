import numpy as np
import pytest
from checks.data_folders import ids, photo, write

from kerasseg.data import open_dataset
from kerasseg.data.readers.ade20k_classes import COLORS, NAMES
from kerasseg.errors import ArgumentError, FileError


@pytest.fixture
def ade(tmp_path):
    for split, short in {"training": "train", "validation": "val"}.items():
        for i in range(2):
            name = f"{split}/ADE_{short}_{i + 1:08d}"
            write(tmp_path / f"images/{name}.jpg", photo(i))
            write(tmp_path / f"annotations/{name}.png", ids(151, i))
    return tmp_path


def test_classes_count_from_0_and_other_things_are_ignored(ade):
    dataset = open_dataset(ade, split="training")
    assert dataset.name == "ADE20K"
    assert dataset.sample_names == ["ADE_train_00000001", "ADE_train_00000002"]
    stored = ids(151, 1).astype(int)
    expected = np.where(stored == 0, 255, stored - 1)
    np.testing.assert_array_equal(dataset[1].mask, expected)


def test_splits_have_short_names_too(ade):
    assert open_dataset(ade, split="val").split == "validation"
    assert len(open_dataset(ade)) == 4
    with pytest.raises(ArgumentError, match="there are: training, validation"):
        open_dataset(ade, split="test")


def test_names_and_colours_are_those_published(ade):
    assert len(NAMES) == len(set(NAMES)) == len(COLORS) == 150
    facts = {0: "wall", 12: "person", 20: "car", 89: "television", 149: "flag"}
    assert {i: NAMES[i] for i in facts} == facts
    assert COLORS[[0, 1, 2, 149]].tolist() == [
        *([120, 120, 120], [180, 120, 120], [6, 230, 230], [92, 0, 255]),
    ]
    assert open_dataset(ade).names == NAMES


def test_shipped_names_are_read(ade):
    head = "Idx\tRatio\tTrain\tVal\tName"
    lines = [f"{i + 1} \t0.1\t5\t6\t{name}, alias " for i, name in enumerate(NAMES)]
    lines[7] = "8\t0.0231\t1906\t199\tberth "
    (ade / "objectInfo150.txt").write_text("\n".join([head, *lines]))
    names = open_dataset(ade).names
    assert names[7] == "berth"
    assert names[:7] + names[8:] == NAMES[:7] + NAMES[8:]
    (ade / "objectInfo150.txt").write_text("\n".join([head, *lines[:149]]))
    with pytest.raises(FileError, match="a line for each of 150 classes"):
        open_dataset(ade)


def test_ids_beyond_the_classes(ade):
    write(ade / "annotations/training/ADE_train_00000001.png", ids(151) + np.uint8(100))
    with pytest.raises(FileError, match=r"ADE_train_00000001\.png: holds class ids"):
        open_dataset(ade)[0]
