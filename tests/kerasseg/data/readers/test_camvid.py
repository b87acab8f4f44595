import os
from pathlib import Path

import numpy as np
import pytest
from checks.data_folders import ids, photo, write

from kerasseg.data import open_dataset
from kerasseg.errors import ArgumentError, DataError

# Median-frequency weights that SegNet's authors published, by class.
PUBLISHED = (
    *(0.2595, 0.1826, 4.5640, 0.1417, 0.9051, 0.3826, 9.6446, 1.8418, 0.6823),
    *(6.2478, 7.3614),
)


def make(folder):
    for split, names in {"train": ["0001TP_006690", "a b"], "val": ["0016E5"]}.items():
        for seed, name in enumerate(names):
            write(folder / f"{split}/{name}.png", photo(seed))
            write(folder / f"{split}annot/{name}.png", ids(12, seed))
    return folder


def test_folders(tmp_path):
    dataset = open_dataset(make(tmp_path), split="train")
    assert dataset.names[0] == "Sky"
    assert dataset.names[10] == "Bicyclist"
    assert dataset.ignore_class == 11
    assert dataset.splits == ("train", "val")
    np.testing.assert_array_equal(dataset[1].mask, ids(12, 1))
    assert tuple(dataset.colors[dataset.names.index("Pavement")]) == (60, 40, 222)
    assert len(open_dataset(tmp_path)) == 3


@pytest.mark.parametrize("root", ["/SegNet/CamVid/", "", "C:\\data\\"])
def test_lists(tmp_path, root):
    make(tmp_path)
    lines = [f"{root}train/a b.png {root}trainannot/a b.png"]
    if "\\" in root:
        lines = [line.replace("/", "\\") for line in lines]
    (tmp_path / "train.txt").write_text("\n".join([*lines, ""]))
    dataset = open_dataset(tmp_path, split="train")
    assert dataset.sample_names == ["a b"]
    np.testing.assert_array_equal(dataset[0].mask, ids(12, 1))


def test_all_faults_of_a_list_are_told(tmp_path):
    make(tmp_path)
    (tmp_path / "train.txt").write_text(
        "/x/train/none.png /x/trainannot/none.png\nalone.png\n/ ..\n"
    )
    with pytest.raises(DataError) as caught:
        open_dataset(tmp_path)
    assert "none.png: no such file, but train.txt names it in line 1" in str(
        caught.value
    )
    assert "line 2 must hold two paths" in str(caught.value)
    assert len(caught.value.problems) == 5


def test_missing_partners_and_splits(tmp_path):
    make(tmp_path)
    with pytest.raises(ArgumentError, match="there are: train, val"):
        open_dataset(tmp_path, split="test")
    (tmp_path / "val/0016E5.png").rename(tmp_path / "val/0016e5.png")
    with pytest.raises(DataError) as caught:
        open_dataset(tmp_path, split="val")
    assert str(caught.value).count("differs in upper and lower case") == 2


@pytest.fixture
def real():
    folder = os.environ.get("KERASSEG_DATA")
    if not folder or not (Path(folder) / "camvid").is_dir():
        pytest.skip("CamVid is read where KERASSEG_DATA names a folder that holds it")
    return Path(folder) / "camvid"


def test_the_real_data_set(real):
    train, val = (open_dataset(real, split=split) for split in ("train", "val"))
    assert (len(train), len(val)) == (367, 101)
    assert train[0].image.shape == (360, 480, 3)
    statistics = train.class_statistics()
    assert statistics.pixels.sum() + statistics.ignored == 367 * 360 * 480
    # The published weights times the frequencies are one number, the median of the
    # frequencies, but for what was changed in the masks since; of signs there is more.
    constant = PUBLISHED * statistics.pixels / statistics.pixels_of_images
    constant = np.delete(constant, train.names.index("Sign"))
    np.testing.assert_allclose(constant, np.median(constant), rtol=0.09)


@pytest.mark.long
def test_the_real_data_set_is_whole(real):
    open_dataset(real).check().raise_if_broken()
