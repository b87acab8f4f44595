import os

import numpy as np
import pytest
from checks.data_folders import ids, photo, write
from PIL import Image

from kerasseg.data import open_dataset
from kerasseg.data.pipeline.cache import Decoded, FolderCache, MemoryCache, made_of
from kerasseg.errors import ArgumentError, FileError


class Reader:
    def __init__(self, weights=True):
        self.reads, self._weights = [], weights

    def __call__(self, index):
        self.reads.append(index)
        image = np.full((2, 3, 1), index, np.uint8)
        weights = np.full((2, 3), 0.5, np.float32) if self._weights else None
        return Decoded(f"n{index}", image, np.ones((2, 3), np.int32), weights)


def check_equal(one, two):
    assert one.name == two.name
    for name in ("image", "mask", "weights"):
        mine, theirs = getattr(one, name), getattr(two, name)
        np.testing.assert_array_equal(mine, theirs)
        assert getattr(mine, "dtype", None) == getattr(theirs, "dtype", None)


def test_memory_reads_once():
    read = Reader()
    cache = MemoryCache(read)
    for index in (0, 1, 0, 1):
        check_equal(cache(index), Reader()(index))
    assert read.reads == [0, 1]


@pytest.mark.parametrize("weights", [True, False])
def test_folder_reads_once_even_in_another_process(tmp_path, weights):
    for expected in ([0, 1], []):
        read = Reader(weights)
        cache = FolderCache(read, tmp_path / "new" / "cache", str)
        for index in (0, 1, 0):
            check_equal(cache(index), Reader(weights)(index))
        assert read.reads == expected
    assert len(list((tmp_path / "new" / "cache").iterdir())) == 2


def test_damaged_files_are_named(tmp_path):
    FolderCache(Reader(), tmp_path, str)(0)
    (file,) = tmp_path.iterdir()
    for content in (file.read_bytes()[:100], b"", b"no archive"):
        file.write_bytes(content)
        with pytest.raises(FileError, match=file.name):
            FolderCache(Reader(), tmp_path, str)(0)


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(FileError, match="cannot make"):
        FolderCache(Reader(), tmp_path / "file", str)


class Files(list):
    name, names = "files", ("a",)

    def __init__(self, folder):
        super().__init__([0])
        self.image_paths = [folder / "image.png"]
        self.mask_paths = [folder / "mask.png"]


def test_keys_follow_the_files_and_the_settings(tmp_path):
    for name in ("image.png", "mask.png"):
        (tmp_path / name).write_bytes(b"1")
    keys = {made_of(Files(tmp_path), s)(0) for s in ("None", "None", "unet")}
    assert len(keys) == 2
    (tmp_path / "mask.png").write_bytes(b"other")
    assert made_of(Files(tmp_path), "None")(0) not in keys
    (tmp_path / "image.png").unlink()
    with pytest.raises(FileError, match=r"image\.png"):
        made_of(Files(tmp_path), "None")(0)


def keys_of(folder, **options):
    dataset = open_dataset(folder, **options)
    return [made_of(dataset, "unet")(i) for i in range(len(dataset))]


def test_keys_follow_every_file_of_the_objects(tmp_path):
    for name in "ab":
        write(tmp_path / f"{name}/images/{name}.png", photo())
        for number in (1, 2):
            write(tmp_path / f"{name}/masks/{number}.png", ids(2, number) * 255)
    before = keys_of(tmp_path)
    assert keys_of(tmp_path) == before
    file = tmp_path / "a/masks/1.png"
    state = file.stat()
    write(file, ids(2, 3) * 255)
    os.utime(file, ns=(state.st_atime_ns, state.st_mtime_ns + 1))
    after = keys_of(tmp_path)
    assert after[0] != before[0]
    assert after[1] == before[1]
    file.rename(file.with_name("3.png"))  # the number of an object is its place
    assert keys_of(tmp_path)[0] not in (before[0], after[0])


@pytest.mark.parametrize("form", ["voc", "cityscapes"])
def test_keys_follow_the_file_of_instances_where_it_is_read(tmp_path, form):
    if form == "voc":
        for name in ("JPEGImages/a.jpg", "SegmentationClass/a.png"):
            write(tmp_path / name, ids(2))
        objects = tmp_path / "SegmentationObject/a.png"
        (tmp_path / "ImageSets/Segmentation").mkdir(parents=True)
        (tmp_path / "ImageSets/Segmentation/train.txt").write_text("a")
    else:
        start = "aachen/a_000000_000019"
        write(tmp_path / f"leftImg8bit/train/{start}_leftImg8bit.png", photo())
        labels = tmp_path / f"gtFine/train/{start}_gtFine_labelIds.png"
        write(labels, ids(2))
        objects = labels.with_name(labels.name.replace("label", "instance"))
    for instances, follows in ((True, True), (False, False)):
        write(objects, ids(2))
        before = keys_of(tmp_path, format=form, instances=instances)
        Image.new("L", (60, 40)).save(objects)
        after = keys_of(tmp_path, format=form, instances=instances)
        assert (before != after) == follows


def test_folders_need_files():
    with pytest.raises(ArgumentError, match="cache=True"):
        made_of([1, 2], "None")
