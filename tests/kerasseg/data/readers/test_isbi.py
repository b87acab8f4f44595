import os
from pathlib import Path

import numpy as np
import pytest
from checks.data_folders import ids, photo, write
from PIL import Image

from kerasseg.data import open_dataset
from kerasseg.errors import ArgumentError, DataError, FileError

SLICES = 3


def labels(seed):
    return ids(2, seed) * np.uint8(255)


def stack(path, arrays):
    first, *others = [Image.fromarray(array) for array in arrays]
    first.save(path, save_all=True, append_images=others)


def as_stacks(folder):
    stack(folder / "train-volume.tif", [photo(i)[..., 0] for i in range(SLICES)])
    stack(folder / "train-labels.tif", [labels(i) for i in range(SLICES)])


def as_files(folder):
    for i in range(SLICES):
        write(folder / f"image/{9 + i}.png", photo(i)[..., 0])
        write(folder / f"label/{9 + i}.png", labels(i))


@pytest.mark.parametrize("form", [as_stacks, as_files])
def test_slices_come_in_their_order_in_depth(tmp_path, form):
    form(tmp_path)
    dataset = open_dataset(tmp_path)
    assert dataset.name == "ISBI 2012"
    assert dataset.names == ("membrane", "cell")
    assert len(dataset) == len(dataset.image_paths) == SLICES
    for i, sample in enumerate(dataset):
        np.testing.assert_array_equal(sample.image, photo(i)[..., :1])
        np.testing.assert_array_equal(sample.mask, ids(2, i))
        assert ((sample.instances > 0) == (sample.mask == 1)).all()


@pytest.mark.parametrize("mode", ["RGB", "P", "LA"])
def test_numbered_photos_with_masks_of_0_and_255_are_no_slices(tmp_path, mode):
    for i in range(SLICES):
        write(tmp_path / f"image/{i}.png", photo(i))
        with Image.open(tmp_path / f"image/{i}.png") as image:
            image.convert(mode).save(tmp_path / f"image/{i}.png")
        write(tmp_path / f"label/{i}.png", labels(i))
    dataset = open_dataset(tmp_path)
    assert dataset.names == ("background", "foreground")
    assert dataset[0].image.shape[-1] == 3


@pytest.mark.parametrize("names", [("images", "masks"), ("image", "mask")])
def test_grey_numbered_images_in_folders_of_other_names_are_a_plain_folder(
    tmp_path, names
):
    as_files(tmp_path)
    for old, new in zip(("image", "label"), names, strict=True):
        (tmp_path / old).rename(tmp_path / new)
    dataset = open_dataset(tmp_path)
    assert dataset.names == ("background", "foreground")
    assert dataset.ignore_class is None
    assert open_dataset(tmp_path, "isbi").names == ("membrane", "cell")


@pytest.mark.parametrize("mode", ["1", "L", "I;16"])
def test_grey_slices_of_any_depth_are_slices(tmp_path, mode):
    as_files(tmp_path)
    Image.new(mode, (6, 4)).save(tmp_path / "image/9.png")
    assert open_dataset(tmp_path).name == "ISBI 2012"


def test_slices_with_names_of_classes_are_a_plain_folder(tmp_path):
    as_files(tmp_path)
    (tmp_path / "classes.txt").write_text("gap\ncell\n")
    assert open_dataset(tmp_path).names == ("gap", "cell")


def test_cells_that_touch_at_a_corner_are_two(tmp_path):
    as_files(tmp_path)
    cells = np.zeros((4, 6), np.uint8)
    cells[:2, :2] = cells[2:, 2:4] = 255
    write(tmp_path / "label/9.png", cells)
    assert open_dataset(tmp_path)[0].instances.max() == 2
    assert open_dataset(tmp_path, instances=False)[0].instances is None


def test_faults_are_named(tmp_path):
    as_stacks(tmp_path)
    with pytest.raises(ArgumentError, match="there are: none"):
        open_dataset(tmp_path, split="train")
    stack(tmp_path / "train-labels.tif", [labels(0)] * (SLICES - 1))
    with pytest.raises(DataError, match="not equally deep"):
        open_dataset(tmp_path)
    stack(tmp_path / "train-labels.tif", [labels(0) + 1] * SLICES)
    with pytest.raises(FileError, match=r"train-labels\.tif: .* known are 0, 255"):
        open_dataset(tmp_path)[0]
    (tmp_path / "train-labels.tif").unlink()
    with pytest.raises(FileError, match=r"train-labels\.tif: no such file"):
        open_dataset(tmp_path)
    (tmp_path / "train-labels.tif").write_bytes(b"II*\0")
    with pytest.raises(FileError, match=r"train-labels\.tif"):
        open_dataset(tmp_path)


def test_the_real_slices():
    folder = os.environ.get("KERASSEG_DATA")
    if not folder or not (Path(folder) / "isbi").is_dir():
        pytest.skip("ISBI is read where KERASSEG_DATA names a folder that holds it")
    dataset = open_dataset(Path(folder) / "isbi")
    assert dataset.name == "ISBI 2012"
    assert len(dataset) == 24
    assert dataset.sample_names[:3] == ["0", "1", "2"]
    assert dataset[0].image.shape == (512, 512, 1)
    assert 0.7 < dataset.class_statistics().frequencies[1] < 0.85
