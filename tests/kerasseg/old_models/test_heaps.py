import mmap
import struct

import h5py
import pytest
from checks.payloads.sizes import endless

from kerasseg.errors import FileError
from kerasseg.old_models.heaps import check_heaps, check_sizes


def check(path):
    with path.open("rb") as stored:
        check_heaps(path, stored)


def written(path, texts=(), **options):
    with h5py.File(path, "w", **options) as file:
        for number, text in enumerate(texts):
            file.attrs[f"text{number}"] = text
    return path


@pytest.mark.parametrize("lengths", [[], [1], [3, 8, 16, 0, 4096], range(0, 4000, 37)])
@pytest.mark.parametrize("libver", ["earliest", "latest"])
def test_heaps_as_h5py_writes_them_have_an_end(tmp_path, lengths, libver):
    texts = ["x" * length for length in lengths]
    check(written(tmp_path / "good.h5", texts, libver=libver))


def test_a_size_of_nothing_is_refused(tmp_path):
    path = written(tmp_path / "bad.h5", ["some text"])
    path.write_bytes(endless(path.read_bytes()))
    with pytest.raises(FileError, match=r"bad\.h5: is damaged: .* have no end"):
        check(path)


@pytest.mark.parametrize("size", [2**64 - 1, 2**64 - 16, 2**63, 4096])
def test_sizes_beyond_the_heap_are_refused(tmp_path, size):
    data = bytearray(written(tmp_path / "bad.h5", ["some text"]).read_bytes())
    struct.pack_into("<Q", data, data.index(b"GCOL") + 24, size)
    (tmp_path / "bad.h5").write_bytes(data)
    with pytest.raises(FileError, match="have no end"):
        check(tmp_path / "bad.h5")


def heap(size, *objects):
    """A heap of that size and of objects of given indices and sizes."""
    packed = [struct.pack("<HHIQ", index, 0, 0, n) + bytes(n) for index, n in objects]
    return b"GCOL\x01\0\0\0" + struct.pack("<Q", size) + b"".join(packed)


@pytest.mark.parametrize(
    "spelt", [b"GCOL\x01", b"GCOL\x01\0\0\0", heap(2**63), heap(4095), heap(8193)]
)
def test_weights_that_spell_a_signature_pass(tmp_path, spelt):
    (tmp_path / "spelt.h5").write_bytes((bytes(40) + spelt).ljust(8192, b"\0"))
    check(tmp_path / "spelt.h5")


def test_heaps_in_heaps_are_refused_in_time(tmp_path):
    # Walking each to its end would take hours: they are a million over one another.
    length = 32 * 2**20
    objects = [
        struct.pack("<HHIQ", 1, 0, 0, 16) + heap(length - place)
        for place in range(32, length, 32)
    ]
    data = heap(length) + b"".join(objects)
    (tmp_path / "nested.h5").write_bytes(data.ljust(length, b"\0"))
    with pytest.raises(FileError, match="have no end"):
        check(tmp_path / "nested.h5")


def test_files_that_cannot_be_mapped_are_read(tmp_path, monkeypatch):
    def unmappable(*_, **__):
        raise OSError(19, "No such device")

    path = written(tmp_path / "far.h5", ["some text"])
    monkeypatch.setattr(mmap, "mmap", unmappable)
    check(path)
    path.write_bytes(endless(path.read_bytes()))
    with pytest.raises(FileError, match="have no end"):
        check(path)


def test_nothing_is_searched_of_a_file_that_hdf5_would_refuse(tmp_path):
    path = tmp_path / "head.h5"
    for head, reason in (
        (b"", r"sizes of \(0, 0\) bytes"),
        (b"\x09", "its version is 9"),
        (bytes([0] * 5 + [8, 8] + [0] * 25) + b"\xff" * 8, "is a truncated"),
        (bytes([2, 8, 8] + [0] * 17) + b"\xff" * 8, "is a truncated"),
    ):
        path.write_bytes(b"\x89HDF\r\n\x1a\n" + head)
        with path.open("r+b") as file:
            file.truncate(2**33)  # without a byte on the disk
        with pytest.raises(FileError, match=reason):
            check(path)


@pytest.mark.parametrize("length", [8, 28, 47])
@pytest.mark.parametrize("libver", ["earliest", "latest"])
def test_a_file_cut_off_in_its_first_bytes_is_truncated(tmp_path, libver, length):
    path = tmp_path / "cut.h5"
    with h5py.File(path, "w", libver=libver) as file:
        file["x"] = 1
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(FileError, match=f"is a truncated .* {length} bytes are here"):
        check(path)


@pytest.mark.parametrize("libver", ["earliest", "latest"])
def test_heaps_behind_the_end_that_the_file_declares_are_not_read(tmp_path, libver):
    path = written(tmp_path / "long.h5", ["some text"], libver=libver)
    data = path.read_bytes()
    path.write_bytes(data + endless(data))
    check(path)
    with h5py.File(path) as file:
        assert file.attrs["text0"] == "some text"


def test_all_is_searched_where_the_file_moves_its_end(tmp_path):
    path = written(tmp_path / "moved.h5", ["some text"])
    data = bytearray(endless(path.read_bytes()))
    struct.pack_into("<Q", data, 24, 2**64 - len(data))  # where addresses begin
    struct.pack_into("<Q", data, 40, 100)  # where they end, before that is added
    path.write_bytes(data)
    with pytest.raises(FileError, match="have no end"):
        check(path)


def test_an_empty_file_is_left_to_hdf5(tmp_path):
    (tmp_path / "empty.h5").touch()
    check(tmp_path / "empty.h5")


def test_sizes_of_four_bytes_are_refused(tmp_path):
    plan = h5py.h5p.create(h5py.h5p.FILE_CREATE)
    plan.set_sizes(4, 4)
    name = str(tmp_path / "small.h5").encode()
    h5py.h5f.create(name, h5py.h5f.ACC_TRUNC, fcpl=plan).close()
    refused = pytest.raises(FileError, match=r"sizes of \(4, 4\) bytes")
    with h5py.File(tmp_path / "small.h5") as file, refused:
        check_sizes(tmp_path / "small.h5", file)
