import errno
import os
import zipfile

import ml_dtypes
import numpy as np
import pytest
from checks.failing_disk import FailingDisk

from kerasseg.errors import FileError
from kerasseg.training.checkpoint_file import (
    read_checkpoint,
    read_facts,
    write_checkpoint,
)

ARRAYS = [
    ("model", "a/kernel", np.arange(300, dtype="float32").reshape(20, 15)),
    ("model", "a/kernel", np.array(3, "int32")),
    ("optimizer", "é", np.array([1.5, -2], ml_dtypes.bfloat16)),
    ("optimizer", "empty", np.zeros((0, 3), "uint8")),
    ("metric", "flag", np.array([True, False])),
]
FACTS = {"position": [3, 7], "best": 0.1 + 0.2}


@pytest.fixture
def path(tmp_path):
    write_checkpoint(tmp_path / "step-1.npz", FACTS, ARRAYS)
    return tmp_path / "step-1.npz"


def test_everything_comes_back(path):
    contents = read_checkpoint(path)
    assert contents.facts == FACTS
    triples = zip(contents.entries, contents.arrays, ARRAYS, strict=True)
    for entry, array, (group, name, wanted) in triples:
        assert entry == (group, name, wanted.shape, wanted.dtype.name)
        assert array.dtype == wanted.dtype
        assert array.tobytes() == wanted.tobytes()
    assert [entry.name for entry, _ in contents.group("optimizer")] == ["é", "empty"]


def test_facts_are_read_without_arrays(path, tmp_path):
    assert read_facts(path) == FACTS
    whole = path.read_bytes()
    place = whole.index(ARRAYS[0][2].tobytes())
    damaged = tmp_path / "damaged.npz"
    damaged.write_bytes(whole[:place] + b"\xff" * 8 + whole[place + 8 :])
    assert read_facts(damaged) == FACTS
    (tmp_path / "torn.npz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(FileError, match=r"torn\.npz: is torn"):
        read_facts(tmp_path / "torn.npz")


def test_numpy_opens_it(path):
    with np.load(path) as arrays:
        np.testing.assert_array_equal(arrays["00000"], ARRAYS[0][2])


def test_a_file_cut_off_anywhere_is_refused(path, tmp_path):
    whole = path.read_bytes()
    torn = tmp_path / "torn.npz"
    for length in [*range(0, len(whole) - 60, 13), *range(len(whole) - 60, len(whole))]:
        torn.write_bytes(whole[:length])
        with pytest.raises(FileError, match=r"torn\.npz: is torn"):
            read_checkpoint(torn)


def test_a_changed_byte_is_refused_or_changes_nothing(path, tmp_path):
    whole = path.read_bytes()
    changed = tmp_path / "changed.npz"
    refused = 0
    places = range(0, len(whole), 7)
    for place in places:
        data = bytearray(whole)
        data[place] ^= 0x55
        changed.write_bytes(data)
        try:
            contents = read_checkpoint(changed)
        except FileError as error:
            assert str(error).startswith(f"{changed}: ")
            refused += 1
            continue
        assert contents.facts == FACTS  # a byte such as that of a date in the archive
        for array, (_, _, wanted) in zip(contents.arrays, ARRAYS, strict=True):
            assert array.tobytes() == wanted.tobytes()
    assert refused > 0.8 * len(places)


def test_foreign_files_are_refused_by_name(tmp_path):
    path = tmp_path / "x.npz"
    with pytest.raises(FileError, match="no such file"):
        read_checkpoint(path)
    np.savez(path, a=np.zeros(3))
    with pytest.raises(FileError, match=r"x\.npz: .* no checkpoint of kerasseg"):
        read_checkpoint(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("checkpoint.json", '{"format": "kerasseg checkpoint 9"}')
    with pytest.raises(FileError, match="another version"):
        read_checkpoint(path)
    path.write_text("not a zip archive")
    with pytest.raises(FileError, match="is torn"):
        read_checkpoint(path)
    path.unlink()
    path.mkdir()
    with pytest.raises(FileError, match="is torn"):
        read_checkpoint(path)


def test_pickles_are_never_read(tmp_path):
    path = tmp_path / "evil.npz"
    write_checkpoint(path, {}, [("model", "x", np.zeros(1))])
    with zipfile.ZipFile(path) as archive:
        manifest = archive.read("checkpoint.json")
    np.savez(path, **{"00000": np.array([object()])})
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("checkpoint.json", manifest)
    with pytest.raises(FileError, match="allow_pickle=False"):
        read_checkpoint(path)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EACCES])
def test_the_old_file_survives_a_fault_at_every_operation(path, number):
    def fail():
        raise OSError(number, os.strerror(number))

    new = [(group, name, array + array) for group, name, array in ARRAYS]
    counter = FailingDisk(fail)
    with counter.installed():
        write_checkpoint(path, {"new": True}, new)
    assert {"mkstemp", "write", "fsync", "chmod", "replace"} == set(counter.log)
    assert counter.log.count("write") > 20
    for at in range(counter.count):
        write_checkpoint(path, FACTS, ARRAYS)
        with (
            FailingDisk(fail, at).installed(),
            pytest.raises(FileError, match=os.strerror(number)),
        ):
            write_checkpoint(path, {"new": True}, new)
        # Past the renaming the new file stands; it is whole then.
        is_renamed = "replace" in counter.log[:at]
        assert read_checkpoint(path).facts == ({"new": True} if is_renamed else FACTS)
        assert [p.name for p in path.parent.iterdir()] == [path.name]
