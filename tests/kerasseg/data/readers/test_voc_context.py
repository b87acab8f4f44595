import numpy as np
import pytest
from checks.data_folders import ids, photo, write
from scipy import io

from kerasseg.data import open_dataset
from kerasseg.data.readers.voc_context import NAMES_59
from kerasseg.errors import ArgumentError, DataError, FileError


def make(folder, masks="59_context_labels", classes=60):
    for seed, name in enumerate(["2008_000002", "2008_000003"]):
        write(folder / f"VOC2010/JPEGImages/{name}.jpg", photo(seed))
        write(folder / f"{masks}/{name}.png", ids(classes, seed))
    write(folder / "VOC2010/JPEGImages/2008_000009.jpg", photo())
    return folder


def test_published_numbers_are_kept(tmp_path):
    dataset = open_dataset(make(tmp_path))
    assert dataset.name == "PASCAL Context"
    assert dataset.classes == 60
    assert dataset.names[0] == "background"
    assert dataset.names[11] == "table"
    assert (dataset.names[21], dataset.names[52], dataset.names[59]) == (
        *("bag", "bedclothes", "wood"),
    )
    np.testing.assert_array_equal(dataset[1].mask, ids(60, 1))


def test_background_can_be_left_out(tmp_path):
    dataset = open_dataset(make(tmp_path), background=False)
    assert dataset.names == NAMES_59
    stored = ids(60).astype(int)
    np.testing.assert_array_equal(
        dataset[0].mask, np.where(stored == 0, 255, stored - 1)
    )


def test_the_other_form_counts_by_the_alphabet(tmp_path):
    dataset = open_dataset(make(tmp_path, "SegmentationClassContext"))
    assert dataset.names[1:4] == ("aeroplane", "bag", "bed")
    assert dataset.names[50] == "table"
    assert dataset.names[59] == "wood"
    assert set(dataset.names) == {"background", *NAMES_59}


def test_shipped_names_count_more_than_ours(tmp_path):
    make(tmp_path)
    names = ["diningtable" if name == "table" else name for name in NAMES_59]
    names[0] = "plane"
    lines = [f"{i}: {name}" for i, name in enumerate(names, 1)]
    (tmp_path / "59_labels.txt").write_text("\n".join(lines))
    dataset = open_dataset(tmp_path)
    assert dataset.names[1] == "plane"
    assert dataset.names[11] == "table"
    (tmp_path / "59_labels.txt").write_text("aeroplane\n")
    with pytest.raises(FileError, match=r"59_labels\.txt: must hold lines like"):
        open_dataset(tmp_path)


def test_the_33_classes_need_the_names_shipped_with_them(tmp_path):
    make(tmp_path, "33_context_labels", 34)
    with pytest.raises(FileError, match=r"33_labels\.txt: no such file"):
        open_dataset(tmp_path)
    lines = [f"{i}: class{i}" for i in range(1, 34)]
    (tmp_path / "33_labels.txt").write_text("\n".join(lines))
    assert open_dataset(tmp_path).names[33] == "class33"


def matlab(folder):
    """The original masks: here, label 2·k is class k of the 59, odd ones are others."""
    lines = [f"{i}: other{i}" for i in range(1, 120)]
    for k, name in enumerate(NAMES_59, 1):
        lines[2 * k - 1] = f"{2 * k}: {name}"
    folder.mkdir(exist_ok=True)
    (folder / "labels.txt").write_text("\n".join(lines))
    (folder / "trainval").mkdir()
    for seed, name in enumerate(["2008_000002", "2008_000003"]):
        write(folder / f"VOC2010/JPEGImages/{name}.jpg", photo(seed))
        labels = ids(119, seed).astype(np.uint16)
        path = folder / f"trainval/{name}.mat"
        io.savemat(path, {"LabelMap": labels}, do_compression=True)
    return folder


def test_original_masks_become_the_59_by_name(tmp_path):
    dataset = open_dataset(matlab(tmp_path))
    stored = ids(119, 1).astype(int)
    even = (stored % 2 == 0) & (stored <= 118)
    np.testing.assert_array_equal(dataset[1].mask, np.where(even, stored // 2, 0))


def test_broken_matrices_are_named(tmp_path):
    matlab(tmp_path)
    first = tmp_path / "trainval/2008_000002.mat"
    first.write_bytes(first.read_bytes()[:150])
    io.savemat(tmp_path / "trainval/2008_000003.mat", {"Other": np.eye(2)})
    report = open_dataset(tmp_path).check()
    assert [path.name for path, _ in report.problems] == [
        *("2008_000002.mat", "2008_000003.mat"),
    ]
    assert "holds no matrix LabelMap" in str(report)


def test_splits_are_lists(tmp_path):
    make(tmp_path)
    with pytest.raises(ArgumentError, match="has no lists of splits"):
        open_dataset(tmp_path, split="train")
    lists = tmp_path / "VOC2010/ImageSets/Main"
    lists.mkdir(parents=True)
    (lists / "train.txt").write_text("2008_000003\n")
    assert open_dataset(tmp_path, split="train").sample_names == ["2008_000003"]
    (lists / "train.txt").write_text("2008_000003\n2008_000009\n")
    with pytest.raises(DataError, match="2008_000009: no such mask"):
        open_dataset(tmp_path, split="train")


def test_ids_that_there_are_not(tmp_path):
    make(tmp_path)
    write(tmp_path / "59_context_labels/2008_000002.png", np.full((4, 6), 60, np.uint8))
    with pytest.raises(FileError, match=r"2008_000002\.png: .* not: 60 \(24 pixels"):
        open_dataset(tmp_path)[0]
