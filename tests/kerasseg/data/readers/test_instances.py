import os
from pathlib import Path

import numpy as np
import pytest
from checks.data_folders import ids, photo, write

from kerasseg.data import open_dataset
from kerasseg.errors import ArgumentError, DataError, FileError


def numbered(seed):
    """Objects 0, 300, 600, ...: more than 8 bits hold."""
    return ids(5, seed).astype(np.uint16) * 300


def one_file(folder):
    for seed, name in enumerate("ab"):
        write(folder / f"image/{name}.png", photo(seed))
        write(folder / f"label/{name}.png", numbered(seed))
    return folder


def one_file_each(folder):
    for seed, name in enumerate("ab"):
        write(folder / f"{name}/images/{name}.png", photo(seed))
        for number in range(1, 5):
            mask = (ids(5, seed) == number) * np.uint8(255)
            write(folder / f"{name}/masks/{number}.png", mask)
    return folder


def test_objects_keep_their_numbers(tmp_path):
    dataset = open_dataset(one_file(tmp_path))
    assert dataset.names == ("background", "object")
    sample = dataset[1]
    np.testing.assert_array_equal(sample.instances, numbered(1))
    np.testing.assert_array_equal(sample.mask, numbered(1) > 0)


@pytest.mark.parametrize("split", [None, "stage1_train"])
def test_one_file_an_object(tmp_path, split):
    one_file_each(tmp_path / split if split else tmp_path)
    dataset = open_dataset(tmp_path, split=split, names=("background", "nucleus"))
    assert dataset.sample_names == ["a", "b"]
    np.testing.assert_array_equal(dataset[1].instances, ids(5, 1))
    np.testing.assert_array_equal(dataset[1].mask, ids(5, 1) > 0)


def test_grey_and_coloured_images_have_the_channels_asked_for(tmp_path):
    one_file(tmp_path)
    write(tmp_path / "image/a.png", photo()[..., 0])
    assert [s.image.shape[-1] for s in open_dataset(tmp_path)] == [3, 3]
    assert [s.image.shape[-1] for s in open_dataset(tmp_path, channels=1)] == [1, 1]


@pytest.mark.parametrize("file", ["classes.txt", "classes.json", "class_dict.csv"])
def test_deep_masks_with_a_file_of_class_names_hold_classes(tmp_path, file):
    for seed, name in enumerate("ab"):
        write(tmp_path / f"images/{name}.png", photo(seed))
        write(tmp_path / f"masks/{name}.png", ids(4, seed).astype(np.uint16))
    text = {
        "classes.txt": "sky\nroad\ncar\ntree\n",
        "classes.json": '["sky", "road", "car", "tree"]',
        "class_dict.csv": "name,r,g,b\nsky,0,0,0\nroad,1,1,1\ncar,2,2,2\ntree,3,3,3\n",
    }
    (tmp_path / file).write_text(text[file])
    dataset = open_dataset(tmp_path)
    assert dataset.names == ("sky", "road", "car", "tree")
    np.testing.assert_array_equal(dataset[1].mask, ids(4, 1))


def test_all_faults_of_folders_are_told(tmp_path):
    one_file_each(tmp_path)
    write(tmp_path / "a/images/second.png", photo())
    (tmp_path / "c" / "images").mkdir(parents=True)
    with pytest.raises(DataError) as caught:
        open_dataset(tmp_path)
    assert "must hold one image, not 2: a.png, second.png" in str(caught.value)
    assert "has no folder masks in it" in str(caught.value)


def test_broken_masks_are_named(tmp_path):
    one_file_each(tmp_path)
    write(tmp_path / "a/masks/2.png", ids(2, height=9))
    for mask in (tmp_path / "b/masks").iterdir():
        mask.unlink()
    report = open_dataset(tmp_path).check()
    assert [path.name for path, _ in report.problems] == ["2.png", "masks"]
    assert "is 6×9 pixels" in str(report)
    with pytest.raises(FileError, match="holds no masks"):
        open_dataset(tmp_path)[1]


def test_two_names_are_needed(tmp_path):
    with pytest.raises(ArgumentError, match="two names"):
        open_dataset(one_file(tmp_path), names=("background", "a", "b"))


def test_the_real_nuclei():
    folder = os.environ.get("KERASSEG_DATA")
    if not folder or not (Path(folder) / "dsb2018").is_dir():
        pytest.skip("DSB 2018 is read where KERASSEG_DATA names a folder that holds it")
    dataset = open_dataset(Path(folder) / "dsb2018")
    assert len(dataset) == 519
    sample = dataset[0]
    assert sample.image.shape == (256, 256, 3)
    assert sample.instances.max() > 1
