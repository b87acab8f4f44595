import numpy as np
import pytest

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


def test_folders_need_files():
    with pytest.raises(ArgumentError, match="cache=True"):
        made_of([1, 2], "None")
